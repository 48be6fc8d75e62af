import { hashIntent, type Intent } from '../core/intent.ts';
import type { History } from '../core/revision.ts';

/** Milliseconds until the first look whether a revision is kept, and from then on; up to twice as long, by chance. */
export interface Looks {
  readonly firstMs: number;
  readonly thenMs: number;
}

/**
 * Sees to it that what the fleet runs can be had from the history by whoever starts later. Pruning spares it, but a person,
 * a restore of etcd, or a race may have removed it.
 */
export interface KeptRevision {
  /** What people and replicas have agreed upon has changed. */
  look(): void;
  stop(): void;
}

export interface KeptRevisionOptions {
  readonly history: Pick<History, 'rollout' | 'has' | 'restore'>;
  /** What is served here, if anything. */
  readonly served: () => Intent | undefined;
  /** Does one thing at a time with the history; never rejects. */
  readonly inTurn: (what: string, act: () => Promise<void>) => Promise<unknown>;
  /** Told of a hash that was not kept any more. */
  readonly onRestored: (hash: string) => void;
  readonly now: () => number;
  readonly looks?: Looks;
}

const LOOKS: Looks = { firstMs: 10_000, thenMs: 600_000 };

export function createKeptRevision(options: KeptRevisionOptions): KeptRevision {
  const { history, served, inTurn, onRestored, now, looks = LOOKS } = options;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function keep(): Promise<void> {
    const intent = served();
    const hash = intent && hashIntent(intent);
    const { stable, pinned } = await history.rollout();
    if (!intent || hash === undefined || (hash !== stable && hash !== pinned)) return;
    if (await history.has(hash)) return;
    const at = new Date(now()).toISOString();
    await history.restore({ hash, intent, at, by: [], held: [] }, {});
    onRestored(hash);
  }

  function after(ms: number): void {
    clearTimeout(timer);
    if (isStopped) return;
    const look = () => void inTurn('keep', keep).then(() => after(looks.thenMs));
    // Of several replicas one is first, as a rule, and the others find it there.
    timer = setTimeout(look, ms * (1 + Math.random()));
    timer.unref();
  }

  return {
    look: () => after(looks.firstMs),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
