import type { Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { ExplainQuestion } from '../core/origin/explain.ts';
import type { Explanation, Rendering, RenderSettings, RenderVariant } from '../core/render.ts';
import {
  endedByServer,
  type RendererLimits,
  type RendererProcess,
  startRenderer,
} from '../renderer/process.ts';
import { type IntentUpdate, sendIntent } from './send-intent.ts';

export interface TrialOptions {
  readonly settings: RenderSettings;
  readonly limits: RendererLimits;
  /** Everything that a new renderer is to know beside the intent. */
  readonly whole: () => PackedUpdate;
  readonly intentUpdate: IntentUpdate;
  /** How long a renderer is kept ready for the next intent, in milliseconds: people change one thing after another. */
  readonly idleMs?: number;
}

/**
 * Renders intents that nobody has been offered yet, in a renderer apart: what they do to it, the fleet's renderer does
 * not notice.
 */
export interface Trial {
  /** Hands endpoints on, so that what is tried is tried with today's. */
  update(update: PackedUpdate): void;
  /** Rejects with RendererGone where the intent ends its renderer. */
  render(intent: Intent, variant: RenderVariant): Promise<Rendering>;
  /** The same, and where lines come from. */
  explain(intent: Intent, variant: RenderVariant, question: ExplainQuestion): Promise<Explanation>;
  /** Gives its renderer away, which knows this intent then. */
  give(intent: Intent): RendererProcess | undefined;
  /** Goes on with a renderer that knows all endpoints. */
  keep(renderer: RendererProcess | undefined): void;
  /** For good: whoever asks later finds the renderer gone, and starts none that would outlive the service. */
  stop(): void;
}

const IDLE_MS = 300_000;

export function createTrial(options: TrialOptions): Trial {
  const { settings, limits, whole, intentUpdate, idleMs = IDLE_MS } = options;
  let renderer: RendererProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let isStopped = false;

  function adopt(process: RendererProcess): RendererProcess {
    renderer = process;
    void process.ended.then(() => {
      if (renderer === process) renderer = undefined;
    });
    return process;
  }

  function open(): RendererProcess {
    if (renderer) return renderer;
    if (isStopped) throw endedByServer(limits);
    const started = adopt(startRenderer(settings, limits));
    started.update(whole()).catch(() => undefined);
    return started;
  }

  function end(): void {
    clearTimeout(idle);
    const old = renderer;
    renderer = undefined;
    old?.kill();
  }

  function keepAwhile(): void {
    clearTimeout(idle);
    idle = setTimeout(end, idleMs);
    idle.unref();
  }

  function openWith(intent: Intent): RendererProcess {
    const process = open();
    keepAwhile();
    sendIntent(process, intent, intentUpdate);
    return process;
  }

  return {
    update(update) {
      renderer?.update(update).catch(() => undefined);
    },
    async render(intent, variant) {
      const { rendering } = await openWith(intent).renderAhead(variant);
      return rendering;
    },
    explain: async (intent, variant, question) => openWith(intent).explain(variant, question),
    give(intent) {
      const mine = renderer;
      renderer = undefined;
      // What was tried last need not be what is served: it may have been bad.
      if (mine) sendIntent(mine, intent, intentUpdate);
      return mine;
    },
    keep(process) {
      end();
      if (process) adopt(process);
      keepAwhile();
      if (isStopped) end();
    },
    stop() {
      isStopped = true;
      end();
    },
  };
}
