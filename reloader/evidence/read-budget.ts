import type { Reading, Wish } from './counter-source.ts';

/** How often what is large may be read, so that all of it costs no more than a budget. */
export interface ReadBudget {
  /** What may be read at this time. */
  next(now: number): Wish;
  /** It was read. */
  note(wish: Wish, size: Reading['size'], now: number): void;
}

/** Milliseconds of one CPU that HAProxy and this process take for a thousand characters, measured with 2.6 and 3.4. */
const COST = { backends: 0.03, servers: 0.018 };
/** Milliseconds that each may take in a minute; frontends take three. */
const BUDGET = { backends: 1.2, servers: 0.8 };
const MINUTE_MS = 60_000;

export function createReadBudget(): ReadBudget {
  const notBefore = { backends: 0, servers: 0 };
  const put = (kind: keyof typeof notBefore, size: number, now: number) => {
    const cost = (size / 1000) * COST[kind];
    notBefore[kind] = now + (cost / BUDGET[kind]) * MINUTE_MS;
  };
  return {
    next: (now) => ({ backends: now >= notBefore.backends, servers: now >= notBefore.servers }),
    note(wish, size, now) {
      if (wish.backends) put('backends', size.stat, now);
      if (wish.servers) put('servers', size.servers, now);
    },
  };
}
