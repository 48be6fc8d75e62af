import type { RenderEvent } from './publication.ts';

type Outcome = RenderEvent['outcome'];

export interface RenderCounts {
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly last?: RenderEvent & { readonly at: number };
}

/** What became of the renders so far. */
export interface RenderStats {
  note(event: RenderEvent): void;
  /** Hands on each render to come. */
  subscribe(listener: (event: RenderEvent) => void): void;
  status(): RenderCounts;
}

export function createRenderStats(now: () => number): RenderStats {
  const counts: Record<Outcome, number> = { changed: 0, same: 0, failed: 0, killed: 0 };
  const listeners: ((event: RenderEvent) => void)[] = [];
  let last: RenderCounts['last'];
  return {
    note(event) {
      counts[event.outcome] += 1;
      last = { ...event, at: now() };
      for (const listener of listeners) listener(event);
    },
    subscribe: (listener) => void listeners.push(listener),
    status: () => ({ counts: { ...counts }, ...(last && { last }) }),
  };
}
