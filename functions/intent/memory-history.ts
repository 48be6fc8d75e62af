import type { History, KeptRevision } from '../core/revision.ts';
import { revisionsOf, type Rollout } from '../core/rollout.ts';

/** Revisions in this process alone, where there is no other place for them: gone with it. */
export function createMemoryHistory(limit: number): History {
  let revisions: readonly KeptRevision[] = [];
  let rollout: Rollout = { isPaused: false };
  return {
    list: async () => revisions,
    async record(revision) {
      const others = revisions.filter(({ hash }) => hash !== revision.hash);
      const number = (revisions.at(-1)?.number ?? 0) + 1;
      revisions = [...others, { ...revision, number }];
    },
    async prune(inUse) {
      const spared = new Set([...inUse, ...revisionsOf(rollout)]);
      const old = revisions.slice(0, -limit).filter(({ hash }) => spared.has(hash));
      revisions = [...old, ...revisions.slice(-limit)];
    },
    rollout: async () => rollout,
    async steer(change) {
      rollout = change(rollout);
      return rollout;
    },
  };
}
