import assert from 'node:assert/strict';
import { type Change, formatKey } from '../../functions/core/objects.ts';
import { baseCredentials } from '../../functions/kubernetes/service-account.ts';
import {
  type KubernetesSourceOptions,
  kubernetesSource,
} from '../../functions/kubernetes/source.ts';
import type { Timing } from '../../functions/kubernetes/timing.ts';
import type { Delivery, Source } from '../../functions/core/source.ts';
import { createLog } from '../../functions/wire/log.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { until } from '../kit/until.ts';

/** What somebody who takes a source's deliveries knows. */
export interface Follower {
  readonly source: Source;
  readonly deliveries: readonly Delivery[];
  readonly objects: ReadonlyMap<string, string>;
  readonly log: readonly string[];
  last(): Delivery;
  synced(): Promise<void>;
  /** Waits until it knows of a resource exactly what the server has. */
  agrees(server: ApiServer, ...collections: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Spans of time that let a test see in milliseconds what takes minutes. */
export const QUICK: Partial<Timing> = {
  backoff: { firstMs: 2, maxMs: 20 },
  shortMs: 20,
  listIdleMs: 10_000,
  idleMs: 20_000,
  holdMs: 10_000,
};

function apply(objects: Map<string, string>, change: Change): void {
  if (change.type === 'delete') {
    assert.ok(objects.delete(formatKey(change)), `${formatKey(change)} was deleted, and not known`);
  } else objects.set(formatKey(change), Buffer.from(change.json).toString());
}

function versionsOf(objects: ReadonlyMap<string, string>, prefix: string): string[] {
  return [...objects]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, json]) => `${key}@${JSON.parse(json).metadata.resourceVersion}`)
    .sort();
}

export function follow(
  scope: { after(end: () => Promise<void>): void },
  options: Partial<KubernetesSourceOptions> & { readonly base: string },
): Follower {
  const { base, timing, ...more } = options;
  const log: string[] = [];
  const source = kubernetesSource({
    credentials: baseCredentials({ base: new URL(base) }),
    namespace: 'lb',
    log: createLog({ component: 'test', write: (line) => log.push(line) }),
    timing: { ...QUICK, ...timing },
    ...more,
  });
  const deliveries: Delivery[] = [];
  const objects = new Map<string, string>();
  const controller = new AbortController();
  const end = source.run((delivery) => {
    deliveries.push(delivery);
    for (const change of delivery.changes) apply(objects, change);
  }, controller.signal);
  const stop = async () => {
    controller.abort();
    await end;
  };
  scope.after(stop);
  const last = () => deliveries.at(-1) ?? { changes: [], asOf: {}, isSynced: false, unread: [] };
  return {
    source,
    deliveries,
    objects,
    log,
    last,
    synced: async () => {
      await until('the source is synced', () => last().isSynced);
    },
    agrees: async (server, ...collections) => {
      for (const collection of collections) {
        const [resource = '', namespace] = collection.split('/');
        await until(`${collection} agrees`, () => {
          const there = server.store
            .list(resource, namespace)
            .map(
              ({ metadata }) =>
                `${resource}/${metadata.namespace}/${metadata.name}@${metadata.resourceVersion}`,
            );
          assert.deepEqual(versionsOf(objects, `${collection}/`), there.sort());
          return true;
        });
      }
    },
    stop,
  };
}
