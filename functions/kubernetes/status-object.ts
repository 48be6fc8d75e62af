import { writeJson } from '../core/json.ts';
import { mergeStatus } from '../core/status-merge.ts';
import { type Fields, isFields } from '../core/fields.ts';
import type { StatusEntry } from '../core/statuses.ts';
import { ApiError, type ApiErrorCode } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { pathOfVersion, type Resource } from './collection.ts';
import { findResource } from './discovery.ts';

export interface StatusObjectsOptions {
  readonly client: ApiClient;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The statuses of objects behind the API server. */
export interface StatusObjects {
  /** Gives an object the status of its entry, where it has another one. @throws ApiError */
  write(entry: StatusEntry): Promise<void>;
  /** Where the API has the kind of an entry, if that has been asked. */
  resourceOf(entry: StatusEntry): Resource | undefined;
}

const DEADLINE_MS = 10_000;
/** Of one write that others were faster than. */
const MOST_TRIES = 5;

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const kindOf = ({ apiVersion, kind }: StatusEntry): string => `${apiVersion} ${kind}`;

const isCode = (error: unknown, code: ApiErrorCode): boolean =>
  error instanceof ApiError && error.code === code;

function pathOf({ namespace, name }: StatusEntry, resource: Resource): string {
  const inside = resource.isNamespaced ? `/namespaces/${encodeURIComponent(namespace ?? '')}` : '';
  return `${pathOfVersion(resource)}${inside}/${resource.plural}/${encodeURIComponent(name)}/status`;
}

export function createStatusObjects({ client, signal, now }: StatusObjectsOptions): StatusObjects {
  const resources = new Map<string, Resource>();
  const call = { deadlineMs: DEADLINE_MS, signal };

  async function locate(entry: StatusEntry): Promise<Resource> {
    const known = resources.get(kindOf(entry));
    if (known) return known;
    const found = await findResource({ client, feed: entry, ...call });
    if (!found) throw new ApiError('kubernetes-missing', `the API has no ${kindOf(entry)}`);
    resources.set(kindOf(entry), found);
    return found;
  }

  /** Undefined where there is no such object any more. */
  async function read(path: string): Promise<Fields | undefined> {
    try {
      const object = await client.json({ path, ...call });
      if (isFields(object)) return JSON.parse(writeJson(object)) as Fields;
    } catch (error) {
      if (isCode(error, 'kubernetes-missing')) return undefined;
      throw error;
    }
    throw new ApiError('kubernetes-garbage', `what is at ${path} is not an object`);
  }

  /** @returns false where somebody else was faster */
  async function tryOnce(entry: StatusEntry, path: string): Promise<boolean> {
    const object = await read(path);
    const metadata = isFields(object?.metadata) ? object.metadata : {};
    // One that was made anew is rendered anew.
    if (!object || (entry.uid !== undefined && entry.uid !== metadata.uid)) return true;
    const current = isFields(object.status) ? object.status : {};
    const status = mergeStatus({ current, entry, now: timeOf(now()) });
    if (!status) return true;
    try {
      await client.json({ path, method: 'PUT', body: { ...object, status }, ...call });
      return true;
    } catch (error) {
      if (isCode(error, 'kubernetes-missing')) return true;
      if (isCode(error, 'kubernetes-conflict')) return false;
      throw error;
    }
  }

  return {
    async write(entry) {
      const path = pathOf(entry, await locate(entry));
      for (let tries = 1; !(await tryOnce(entry, path)); tries++)
        if (tries === MOST_TRIES)
          throw new ApiError('kubernetes-conflict', 'others keep changing it');
    },
    resourceOf: (entry) => resources.get(kindOf(entry)),
  };
}
