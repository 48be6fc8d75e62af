import { setPriority } from 'node:os';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { RenderSettings, RenderVariant, StatusRendering } from '../core/render.ts';
import { readStatusesOf } from '../core/status-rendering.ts';
import { STATUS_KEY, type StatusSink } from '../core/statuses.ts';
import { sendIntent } from '../intent/send-intent.ts';
import { RendererGone, type RendererLimits, type RendererProcess } from '../renderer/process.ts';
import { createSupervisor } from '../renderer/supervisor.ts';
import type { Log } from '../wire/log.ts';
import { createCoalescer } from './coalescer.ts';
import type { Store } from './store.ts';

export interface StatusesOptions {
  readonly settings: RenderSettings;
  readonly limits: RendererLimits;
  readonly variant: RenderVariant;
  readonly store: Pick<Store, 'endpoints' | 'intentUpdate' | 'isSynced'>;
  readonly sink: StatusSink;
  readonly log: Log;
}

/**
 * Renders `status.yaml` of what is served, in a process of its own: whatever the template does, neither what is served
 * nor the endpoints notice.
 */
export interface Statuses {
  /** What all proxies are given from now on. */
  serve(intent: Intent): void;
  /** Hands endpoints on. */
  update(update: PackedUpdate): void;
  reconcile(): void;
  diagnostics(): readonly Diagnostic[];
  stop(): void;
}

/** Nobody waits for a status as proxies wait for endpoints. */
const QUIET_MS = 500;
/** How much longer than a render takes there is none: where all changes all the time, they take a quarter of a core. */
const REST = 3;
/** Behind all others, where there is not enough of the processor for all. */
const PRIORITY = 10;

function lower(pid: number): void {
  try {
    setPriority(pid, PRIORITY);
  } catch {
    // It has ended already, or the system forbids it: then it is as the others.
  }
}

export function createStatuses(options: StatusesOptions): Statuses {
  const { settings, limits, variant, store, sink, log } = options;
  const { namespace } = settings;
  const coalescer = createCoalescer({ quietMs: QUIET_MS, run });
  const supervisor = createSupervisor({ settings, limits, onStart, onGone, log });
  let intent: Intent | undefined;
  let found: readonly Diagnostic[] = [];
  let isStopped = false;

  function onStart(renderer: RendererProcess): void {
    lower(renderer.pid);
    renderer.update(store.endpoints()).catch(() => undefined);
    if (intent) sendIntent(renderer, intent, store.intentUpdate);
  }

  function onGone(pauseMs: number): void {
    coalescer.pause(pauseMs);
    coalescer.request(false);
  }

  /** What cannot be rendered is not written: what was written before stays. */
  function take(rendered: StatusRendering, snapshot: Intent): void {
    const { entries, diagnostics, isBroken } = readStatusesOf(rendered, { snapshot, namespace });
    found = diagnostics;
    if (!isBroken) sink.write(entries);
  }

  function gone({ code, message, hint }: RendererGone): Diagnostic {
    const where = { object: `configmaps/${namespace}/config`, key: STATUS_KEY };
    return { severity: 'error', code, message, hint, where };
  }

  async function run(): Promise<void> {
    const served = intent;
    if (isStopped || !served || !store.isSynced()) return;
    if (served.config?.[STATUS_KEY] === undefined) {
      supervisor.replace();
      found = [];
      sink.write([]);
      return;
    }
    const start = performance.now();
    try {
      take(await supervisor.open().renderStatus(variant), served);
      supervisor.succeeded();
      coalescer.pause(REST * (performance.now() - start));
    } catch (error) {
      if (!(error instanceof RendererGone)) throw error;
      found = [gone(error)];
    }
  }

  return {
    serve(next) {
      intent = next;
      const running = supervisor.running();
      if (running) sendIntent(running, next, store.intentUpdate);
      coalescer.pause(0);
      coalescer.request(false);
    },
    update(update) {
      supervisor
        .running()
        ?.update(update)
        .catch(() => undefined);
      coalescer.request(false);
    },
    reconcile() {
      sink.reconcile();
      coalescer.request(false);
    },
    diagnostics: () => [...found, ...sink.diagnostics()],
    stop() {
      isStopped = true;
      coalescer.stop();
      supervisor.stop();
    },
  };
}
