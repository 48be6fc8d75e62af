import type { Reading, Wish } from './counter-source.ts';

/** How often what is large may be read, so that all of it costs no more than a budget. */
export interface ReadBudget {
  /** What may be read at this time. */
  next(now: number): Wish;
  /** It was read. */
  note(wish: Wish, reading: Reading, now: number): void;
}

/**
 * Milliseconds of one CPU that HAProxy and this process take to ask along with a look, and for a thousand characters,
 * measured in the running process with HAProxy 2.6.
 */
const COST = {
  backends: { once: 0, thousand: 0.04 },
  servers: { once: 0.45, thousand: 0.024 },
};
/** Milliseconds that each may take in a minute; frontends take three. */
const BUDGET = { backends: 0.4, servers: 0.4 };
/** Where frontends count no answers, which is in mode tcp, failures show nowhere else. */
const BUDGET_OF_BACKENDS_ALONE = 1.2;
/** Allocations that fail are to be seen soon, whatever else is read. */
const INFO_MS = 30_000;
const MINUTE_MS = 60_000;

type Cost = (typeof COST)[keyof typeof COST];

export function createReadBudget(): ReadBudget {
  const notBefore = { info: 0, backends: 0, servers: 0 };
  const restMs = (size: number, cost: Cost, budgetMs: number) =>
    ((cost.once + (size / 1000) * cost.thousand) * MINUTE_MS) / budgetMs;
  return {
    next: (now) => ({
      info: now >= notBefore.info,
      backends: now >= notBefore.backends,
      servers: now >= notBefore.servers,
    }),
    note(wish, { size, counters }, now) {
      const isAlone = counters.frontends.answers === 0;
      const forBackends = isAlone ? BUDGET_OF_BACKENDS_ALONE : BUDGET.backends;
      if (wish.info) notBefore.info = now + INFO_MS;
      if (wish.backends) notBefore.backends = now + restMs(size.stat, COST.backends, forBackends);
      if (wish.servers)
        notBefore.servers = now + restMs(size.servers, COST.servers, BUDGET.servers);
    },
  };
}
