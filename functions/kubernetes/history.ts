import { setTimeout as delay } from 'node:timers/promises';
import { isIntentFeed } from '../core/inputs/input.ts';
import { type Marks, neededOf } from '../core/marks.ts';
import { type History, type KeptRevision, numberBefore, type Revision } from '../core/revision.ts';
import { packRollout, revisionsOf, type Rollout, unpackRollout } from '../core/rollout.ts';
import { compareVersions } from '../wire/as-of.ts';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { isFields } from '../core/fields.ts';
import {
  API,
  byHash,
  marked,
  type Part,
  type PartHead,
  readHead,
  readPart,
  readRevision,
  renumbered,
  SELECTOR,
  toObjects,
} from './revision-parts.ts';

export interface KubernetesHistoryOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  /** How many revisions are kept beside those that the rollout names. */
  readonly limit: number;
}

const DEADLINE_MS = 10_000;
const ROLLOUT = 'rollout';
/** Of a list the metadata alone: API concepts of Kubernetes, "Metadata-only fetches". */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const MOST_CONFLICTS = 10;

const isCode = (error: unknown, code: ApiError['code']): boolean =>
  error instanceof ApiError && error.code === code;

/** Somebody else has changed or removed what was read. */
const isOutdated = (error: unknown): boolean =>
  isCode(error, 'kubernetes-conflict') || isCode(error, 'kubernetes-missing');

/**
 * Revisions as ControllerRevisions of the configuration's namespace, named by hash, so that replicas that keep the same
 * one meet; the rollout as ConfigMap `rollout`, changed by compare-and-swap alone.
 */
export function createKubernetesHistory(options: KubernetesHistoryOptions): History {
  const { client, namespace, limit } = options;
  const revisions = `/apis/${API}/namespaces/${namespace}/controllerrevisions`;
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  const call = { deadlineMs: DEADLINE_MS };

  async function parts(): Promise<readonly Part[]> {
    const query = { labelSelector: SELECTOR };
    const list = await client.json({ path: revisions, query, ...call });
    const items = isFields(list) && Array.isArray(list.items) ? list.items : [];
    return items.flatMap((item) => readPart(item) ?? []);
  }

  /**
   * The same without what the revisions hold, which may be megabytes; undefined where that does not tell everything,
   * as of what an earlier version wrote.
   */
  async function heads(): Promise<readonly PartHead[] | undefined> {
    const query = { labelSelector: SELECTOR };
    const list = await client.json({ path: revisions, query, accept: METADATA, ...call });
    const items = isFields(list) && Array.isArray(list.items) ? list.items : [];
    const found = items.flatMap((item) => readHead(item) ?? []);
    return found.length === items.length ? found : undefined;
  }

  const kept = (all: readonly Part[]): readonly KeptRevision[] =>
    [...byHash(all).values()]
      .flatMap((group) => readRevision(group) ?? [])
      .sort((a, b) => a.number - b.number || (a.hash < b.hash ? -1 : 1));

  /** Does it again, from what is there then, where somebody else has written or pruned meanwhile. */
  async function insist<T>(act: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await act();
      } catch (error) {
        if (!isOutdated(error) || tries >= MOST_CONFLICTS) throw error;
        await delay(Math.random() * 50 * tries);
      }
    }
  }

  async function create(revision: Revision, number: number, marks?: Marks): Promise<void> {
    // Another replica may keep the same one at the same time: it is the same.
    for (const body of toObjects(revision, { namespace, number, marks }))
      await client.json({ path: revisions, body, ...call }).catch((error) => {
        if (!isCode(error, 'kubernetes-conflict')) throw error;
      });
  }

  async function replace({ name }: Part, body: object): Promise<void> {
    await client.json({ path: `${revisions}/${name}`, method: 'PUT', body, ...call });
  }

  async function record(revision: Revision): Promise<void> {
    const [known, by] = await Promise.all([heads(), managers()]);
    if (!known || known.some(({ hash }) => revision.hash.startsWith(hash)))
      return recordAgain(revision);
    const newest = Math.max(0, ...known.map(({ number }) => number));
    return create({ ...revision, by }, newest + 1);
  }

  /** One that may be there already, whole or not. */
  async function recordAgain(revision: Revision): Promise<void> {
    const all = await parts();
    const newest = Math.max(0, ...all.map(({ number }) => number));
    const known = byHash(all).get(revision.hash);
    const isWhole = known && readRevision(known) !== undefined;
    if (isWhole) {
      // One that is served again is the newest again.
      for (const part of known)
        if (part.number !== newest) await replace(part, renumbered(part, newest + 1));
      return;
    }
    // What is there under its name and cannot be read is in its way.
    await remove(known ?? []);
    await create({ ...revision, by: await managers() }, newest + 1);
  }

  async function mark(hash: string, marks: Marks): Promise<boolean> {
    const group = (await parts()).filter((part) => part.hash === hash);
    const first = group.find(({ index }) => index === 0);
    if (!first) return false;
    const isKnown = JSON.stringify({ ...first.marks, ...marks }) === JSON.stringify(first.marks);
    if (!isKnown) await replace(first, marked(first, marks));
    return true;
  }

  async function restore(revision: Revision, marks: Marks): Promise<void> {
    const all = await parts();
    const known = byHash(all).get(revision.hash);
    if (known && readRevision(known)) return void (await mark(revision.hash, marks));
    await remove(known ?? []);
    await create(revision, numberBefore(all.map(({ number }) => number)), marks);
    // Another replica may have served it again meanwhile, and has noted nothing.
    await mark(revision.hash, marks);
  }

  /** As it was read, and no later: what has been written meanwhile is somebody else's, who needs it. */
  async function remove(group: readonly PartHead[]): Promise<void> {
    for (const { name, object } of group) {
      const { resourceVersion } = isFields(object.metadata) ? object.metadata : {};
      const body = { preconditions: { resourceVersion } };
      await client
        .json({ path: `${revisions}/${name}`, method: 'DELETE', body, ...call })
        .catch((error) => {
          if (!isCode(error, 'kubernetes-missing')) throw error;
        });
    }
  }

  async function prune(inUse: ReadonlySet<string>): Promise<void> {
    const all: readonly PartHead[] = (await heads()) ?? (await parts());
    // Read last: one of these may have become stable meanwhile.
    const named = revisionsOf(await rollout());
    const spared = [...inUse, ...named, ...neededOf(all, Date.now())];
    const groups = [...byHash(all)].map(([hash, group]) => ({
      hash,
      group,
      number: Math.max(...group.map((part) => part.number)),
    }));
    const old = groups
      .sort((a, b) => b.number - a.number)
      .slice(limit)
      .filter(({ hash }) => !spared.some((other) => other.startsWith(hash)));
    for (const { group } of old)
      await remove(group).catch((error) => {
        if (!isCode(error, 'kubernetes-conflict')) throw error;
      });
  }

  /** The managers of the fields of the ConfigMaps that people write, who changed them last first. */
  async function managers(): Promise<readonly string[]> {
    const found: { readonly manager: string; readonly time: string }[] = [];
    for (const name of ['services', 'config']) {
      const query = { fieldSelector: `metadata.name=${name}` };
      const list = await client.json({ path: maps, query, ...call });
      const items = isFields(list) && Array.isArray(list.items) ? list.items : [];
      for (const item of items.filter(isFields)) {
        const fields = isFields(item.metadata) ? item.metadata.managedFields : undefined;
        for (const entry of Array.isArray(fields) ? fields.filter(isFields) : [])
          if (typeof entry.manager === 'string')
            found.push({ manager: entry.manager, time: String(entry.time ?? '') });
      }
    }
    const sorted = found.sort((a, b) => (a.time > b.time ? -1 : a.time < b.time ? 1 : 0));
    return [...new Set(sorted.map(({ manager }) => manager))];
  }

  async function readMap(): Promise<Readonly<Record<string, unknown>> | undefined> {
    const query = { fieldSelector: `metadata.name=${ROLLOUT}` };
    const list = await client.json({ path: maps, query, ...call });
    const [item] = isFields(list) && Array.isArray(list.items) ? list.items : [];
    return isFields(item) ? item : undefined;
  }

  /**
   * Versions of ConfigMaps that are later than the rollout that names them are of another history: before a restore of
   * etcd, or of another cluster. Nothing is to be waited for then. Those of other kinds need not be comparable with it.
   */
  function rolloutOf(map: Readonly<Record<string, unknown>> | undefined): Rollout {
    const given = map && isFields(map.metadata) ? map.metadata.resourceVersion : undefined;
    const own = typeof given === 'string' ? given : undefined;
    const data = map && isFields(map.data) ? map.data : {};
    const { versions, ...rollout } = unpackRollout(data, own);
    const isPossible = Object.entries(versions ?? {}).every(
      ([collection, { lo }]) =>
        own === undefined || isIntentFeed(collection) || compareVersions(lo, own) <= 0,
    );
    return { ...rollout, ...(versions && isPossible && { versions }) };
  }

  async function write(
    map: Readonly<Record<string, unknown>> | undefined,
    rollout: Rollout,
  ): Promise<Rollout> {
    const data = packRollout(rollout);
    const named = { metadata: { name: ROLLOUT, namespace } };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', ...(map ?? named), data };
    const way = map ? { path: `${maps}/${ROLLOUT}`, method: 'PUT' as const } : { path: maps };
    const written = await client.json({ ...way, body, ...call });
    return rolloutOf(isFields(written) ? written : undefined);
  }

  async function has(hash: string): Promise<boolean> {
    const all: readonly PartHead[] = (await heads()) ?? (await parts());
    return all.some((part) => hash.startsWith(part.hash));
  }

  const rollout = async () => rolloutOf(await readMap());

  async function steer(change: (rollout: Rollout) => Rollout): Promise<Rollout> {
    const map = await readMap();
    const before = rolloutOf(map);
    const after = change(before);
    const isSame = JSON.stringify(packRollout(before)) === JSON.stringify(packRollout(after));
    return isSame ? after : write(map, after);
  }

  return {
    list: async () => kept(await parts()),
    has,
    record: (revision) => insist(() => record(revision)),
    mark: (hash, marks) => insist(() => mark(hash, marks)),
    restore: (revision, marks) => insist(() => restore(revision, marks)),
    prune,
    rollout,
    steer: (change) => insist(() => steer(change)),
  };
}
