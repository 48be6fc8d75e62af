import type { History } from '../../../functions/core/revision.ts';
import { packRollout, type Rollout, unpackRollout } from '../../../functions/core/rollout.ts';
import type { Timeline } from './timeline.ts';

/** ConfigMap `rollout`, as replicas have it from an API server that takes its time. */
export interface SharedObject {
  /** As it is now. */
  rollout(): Rollout;
  /** Another hand changes its data. */
  edit(data: Readonly<Record<string, string>>): void;
  /** While it is away nothing is read, written or told. */
  isAway: boolean;
  subscribe(listener: (rollout: Rollout) => void): () => void;
  /** For a replica: reads and writes take so long. */
  client(latencyMs: () => number): Pick<History, 'steer'>;
}

export function createSharedObject(timeline: Timeline): SharedObject {
  let data: Readonly<Record<string, string>> = {};
  let version = 1;
  const listeners = new Set<(rollout: Rollout) => void>();
  let current = unpackRollout(data, String(version));
  const rollout = () => current;

  function put(next: Readonly<Record<string, string>>): void {
    data = next;
    version += 1;
    current = unpackRollout(data, String(version));
    for (const listener of listeners) listener(rollout());
  }

  const object: SharedObject = {
    rollout,
    edit: put,
    isAway: false,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    client(latencyMs) {
      const later = () =>
        new Promise<void>((resolve, reject) => {
          timeline.promise();
          timeline.after(latencyMs(), () => {
            timeline.promise();
            if (object.isAway) reject(new Error('the API server is away'));
            else resolve();
          });
        });
      return {
        async steer(change) {
          for (;;) {
            await later();
            const [before, seen] = [rollout(), version];
            const after = change(before);
            if (after === before) return before;
            await later();
            if (version !== seen) continue;
            put(packRollout(after) as Readonly<Record<string, string>>);
            return rollout();
          }
        },
      };
    },
  };
  return object;
}
