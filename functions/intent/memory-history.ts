import { type Marks, neededOf } from '../core/marks.ts';
import { type History, type KeptRevision, numberBefore } from '../core/revision.ts';
import { revisionsOf, type Rollout } from '../core/rollout.ts';

/** Revisions in this process alone, where there is no other place for them: gone with it. */
export function createMemoryHistory(limit: number): History {
  let revisions: readonly KeptRevision[] = [];
  let rollout: Rollout = { isPaused: false };

  async function mark(hash: string, marks: Marks): Promise<boolean> {
    revisions = revisions.map((kept) =>
      kept.hash === hash ? { ...kept, marks: { ...kept.marks, ...marks } } : kept,
    );
    return revisions.some((kept) => kept.hash === hash);
  }

  return {
    list: async () => revisions,
    has: async (hash) => revisions.some((kept) => kept.hash === hash),
    async record(revision) {
      const others = revisions.filter(({ hash }) => hash !== revision.hash);
      const known = revisions.find(({ hash }) => hash === revision.hash);
      const number = (revisions.at(-1)?.number ?? 0) + 1;
      const { marks } = known ?? {};
      revisions = [...others, { ...revision, number, ...(marks && { marks }) }];
    },
    mark,
    async restore(revision, marks) {
      if (await mark(revision.hash, marks)) return;
      const number = numberBefore(revisions.map((kept) => kept.number));
      revisions = [{ ...revision, number, marks }, ...revisions];
    },
    async prune(inUse) {
      const needed = neededOf(revisions, Date.now());
      const spared = new Set([...inUse, ...needed, ...revisionsOf(rollout)]);
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
