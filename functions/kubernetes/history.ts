import { setTimeout as delay } from 'node:timers/promises';
import {
  type History,
  type KeptRevision,
  packRevision,
  type Revision,
  unpackRevision,
} from '../core/revision.ts';
import { packRollout, revisionsOf, type Rollout, unpackRollout } from '../core/rollout.ts';
import { compareVersions } from '../wire/as-of.ts';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { isFields } from './object.ts';

export interface KubernetesHistoryOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  /** How many revisions are kept beside those that the rollout names. */
  readonly limit: number;
}

/** One object of a revision; an intent too large for one is split over several. */
interface Part {
  readonly name: string;
  readonly hash: string;
  readonly number: number;
  readonly index: number;
  readonly count: number;
  /** A piece of the packed intent: the same whoever writes it, so that pieces of several writers fit. */
  readonly content: string;
  /** The rest of the revision, in the first part. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly object: Readonly<Record<string, unknown>>;
}

const DEADLINE_MS = 10_000;
/** The API server takes objects of about 1.5 MiB (etcd's limit); what is around the text needs little. */
const MOST_TEXT = 900 * 1024;
const LABEL = 'app.kubernetes.io/managed-by';
const OWNER = 'kubernetes-haproxy';
const ROLLOUT = 'rollout';
const MOST_CONFLICTS = 10;
const API = 'apps/v1';

const isCode = (error: unknown, code: ApiError['code']): boolean =>
  error instanceof ApiError && error.code === code;

const nameOf = (hash: string, index: number): string =>
  `intent-${hash.slice('sha256:'.length, 'sha256:'.length + 20)}-${index}`;

function readPart(object: unknown): Part | undefined {
  if (!isFields(object) || !isFields(object.metadata) || !isFields(object.data)) return undefined;
  const { hash, index, count, content, about } = object.data;
  const { name } = object.metadata;
  const number = object.revision;
  if (typeof name !== 'string' || typeof hash !== 'string' || typeof content !== 'string')
    return undefined;
  if (typeof index !== 'number' || typeof count !== 'number' || typeof number !== 'number')
    return undefined;
  return { name, hash, number, index, count, content, about: isFields(about) ? about : {}, object };
}

function readRevision(parts: readonly Part[]): KeptRevision | undefined {
  const sorted = [...parts].sort((a, b) => a.index - b.index);
  const [first] = sorted;
  if (!first || sorted.length !== first.count) return undefined;
  const content = sorted.map((part) => part.content).join('');
  const revision = unpackRevision({ ...first.about, hash: first.hash, content });
  return revision && { ...revision, number: Math.max(...sorted.map((part) => part.number)) };
}

function byHash(parts: readonly Part[]): ReadonlyMap<string, readonly Part[]> {
  const groups = new Map<string, Part[]>();
  for (const part of parts) groups.set(part.hash, [...(groups.get(part.hash) ?? []), part]);
  return groups;
}

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
    const query = { labelSelector: `${LABEL}=${OWNER}` };
    const list = await client.json({ path: revisions, query, ...call });
    const items = isFields(list) && Array.isArray(list.items) ? list.items : [];
    return items.flatMap((item) => readPart(item) ?? []);
  }

  const kept = (all: readonly Part[]): readonly KeptRevision[] =>
    [...byHash(all).values()]
      .flatMap((group) => readRevision(group) ?? [])
      .sort((a, b) => a.number - b.number || (a.hash < b.hash ? -1 : 1));

  async function create(revision: Revision, number: number): Promise<void> {
    const { hash, content, ...about } = packRevision(revision);
    const count = Math.ceil(content.length / MOST_TEXT);
    for (let index = 0; index < count; index++) {
      const piece = content.slice(index * MOST_TEXT, (index + 1) * MOST_TEXT);
      const body = {
        apiVersion: API,
        kind: 'ControllerRevision',
        metadata: { name: nameOf(hash, index), namespace, labels: { [LABEL]: OWNER } },
        revision: number,
        data: { hash, index, count, content: piece, ...(index === 0 && { about }) },
      };
      // Another replica may keep the same one at the same time: it is the same.
      await client.json({ path: revisions, body, ...call }).catch((error) => {
        if (!isCode(error, 'kubernetes-conflict')) throw error;
      });
    }
  }

  /** A revision that is served again is the newest again: the data stays, the number grows. */
  async function renumber(group: readonly Part[], number: number): Promise<void> {
    for (const { name, object } of group)
      await client
        .json({
          path: `${revisions}/${name}`,
          method: 'PUT',
          body: { apiVersion: API, kind: 'ControllerRevision', ...object, revision: number },
          ...call,
        })
        .catch((error) => {
          if (!isCode(error, 'kubernetes-conflict')) throw error;
        });
  }

  async function remove(group: readonly Part[]): Promise<void> {
    for (const { name } of group)
      await client
        .json({ path: `${revisions}/${name}`, method: 'DELETE', ...call })
        .catch((error) => {
          if (!isCode(error, 'kubernetes-missing')) throw error;
        });
  }

  async function prune(all: readonly Part[], spared: ReadonlySet<string>): Promise<void> {
    const groups = [...byHash(all)].map(([hash, group]) => ({
      hash,
      group,
      number: Math.max(...group.map((part) => part.number)),
    }));
    const old = groups
      .sort((a, b) => b.number - a.number)
      .slice(limit)
      .filter(({ hash }) => !spared.has(hash));
    for (const { group } of old) await remove(group);
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
   * etcd, or of another cluster. Nothing is to be waited for then.
   */
  function rolloutOf(map: Readonly<Record<string, unknown>> | undefined): Rollout {
    const given = map && isFields(map.metadata) ? map.metadata.resourceVersion : undefined;
    const own = typeof given === 'string' ? given : undefined;
    const data = map && isFields(map.data) ? map.data : {};
    const { versions, ...rollout } = unpackRollout(data, own);
    const isPossible = Object.values(versions ?? {}).every(
      ({ lo }) => own === undefined || compareVersions(lo, own) <= 0,
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

  const rollout = async () => rolloutOf(await readMap());

  return {
    list: async () => kept(await parts()),
    async record(revision) {
      const all = await parts();
      const newest = Math.max(0, ...all.map(({ number }) => number));
      const known = byHash(all).get(revision.hash);
      const isWhole = known && readRevision(known) !== undefined;
      if (isWhole && known.every(({ number }) => number === newest)) return;
      if (isWhole) await renumber(known, newest + 1);
      else {
        // What is there under its name and cannot be read is in its way.
        await remove(known ?? []);
        await create({ ...revision, by: await managers() }, newest + 1);
      }
    },
    async prune(inUse) {
      const named = revisionsOf(await rollout());
      await prune(await parts(), new Set([...inUse, ...named]));
    },
    rollout,
    async steer(change) {
      for (let tries = 1; ; tries++) {
        const map = await readMap();
        const before = rolloutOf(map);
        const after = change(before);
        if (JSON.stringify(packRollout(before)) === JSON.stringify(packRollout(after)))
          return after;
        try {
          return await write(map, after);
        } catch (error) {
          if (!isCode(error, 'kubernetes-conflict') || tries >= MOST_CONFLICTS) throw error;
          await delay(Math.random() * 50 * tries);
        }
      }
    },
  };
}
