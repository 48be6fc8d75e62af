import type { RenderSettings } from '../core/render.ts';
import { backoff } from '../wire/backoff.ts';
import type { Log } from '../wire/log.ts';
import {
  type RendererGone,
  type RendererLimits,
  type RendererProcess,
  startRenderer,
} from './process.ts';

export interface SupervisorOptions {
  readonly settings: RenderSettings;
  readonly limits: RendererLimits;
  /** Tells a new renderer everything. */
  readonly onStart: (renderer: RendererProcess) => void;
  /** The renderer has died; nothing should be asked of a new one for `pauseMs`. */
  readonly onGone: (pauseMs: number) => void;
  readonly log: Log;
}

/** Keeps a renderer. */
export interface Supervisor {
  /** The running renderer; where there is none, a new one that has been told everything. */
  open(): RendererProcess;
  /** The running renderer, if there is one. */
  running(): RendererProcess | undefined;
  /** Goes on with a renderer that has been told everything; gives the one that ran so far. */
  exchange(other: RendererProcess): RendererProcess | undefined;
  /** Ends the running renderer, which must be idle: the next `open` starts afresh. */
  replace(): void;
  /** A render has ended well: the next death is again a first. */
  succeeded(): void;
  /** How many have been started so far. */
  starts(): number;
  stop(): void;
}

/** A template that kills its renderer shall not keep a core busy. */
const RESTART = { firstMs: 500, maxMs: 60_000 };

/** A supervisor; it starts nothing until it is asked. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { settings, limits, onStart, onGone, log } = options;
  let renderer: RendererProcess | undefined;
  let starts = 0;
  let deaths = 0;

  function gone(ended: RendererProcess, error: RendererGone): void {
    if (renderer !== ended) return;
    renderer = undefined;
    deaths++;
    const pauseMs = backoff(deaths, RESTART);
    log.error('renderer ended', { pid: ended.pid, error, pauseMs });
    onGone(pauseMs);
  }

  function start(): RendererProcess {
    const started = use(startRenderer(settings, limits));
    onStart(started);
    return started;
  }

  function use(started: RendererProcess): RendererProcess {
    renderer = started;
    starts++;
    log.info('renderer started', { pid: started.pid, starts });
    void started.ended.then((error) => gone(started, error));
    return started;
  }

  function exchange(other: RendererProcess): RendererProcess | undefined {
    const old = renderer;
    deaths = 0;
    use(other);
    return old;
  }

  function replace(): void {
    const old = renderer;
    renderer = undefined;
    old?.kill();
  }

  return {
    open: () => renderer ?? start(),
    running: () => renderer,
    exchange,
    replace,
    succeeded: () => {
      deaths = 0;
    },
    starts: () => starts,
    stop: replace,
  };
}
