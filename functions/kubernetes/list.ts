import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { type Collection, locateCollection } from './collection.ts';
import { isFields } from '../core/fields.ts';
import { type ApiObject, readObject, readVersion } from './object.ts';

const PAGE = '500';

/**
 * Asks at which version a collection is now: the least that a list can be.
 *
 * @throws ApiError
 */
export async function askVersion(options: {
  readonly client: ApiClient;
  readonly collection: Collection;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}): Promise<string> {
  const { client, collection, deadlineMs, signal } = options;
  const { path, query } = locateCollection(collection);
  return readVersion(
    await client.json({ path, query: { ...query, limit: '1' }, deadlineMs, signal }),
  );
}

/**
 * Reads a collection in pages, consistently: from the newest version, never from "0", which may lie in the past.
 *
 * @param options `take` is given each page
 * @returns the version at which the collection was so
 * @throws ApiError; `kubernetes-gone` where the history was compacted between two pages
 */
export async function listPages(options: {
  readonly client: ApiClient;
  readonly collection: Collection;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly take: (objects: readonly ApiObject[]) => void;
}): Promise<string> {
  const { client, collection, deadlineMs, signal, take } = options;
  const { path, query } = locateCollection(collection);
  let next = '';
  for (;;) {
    const more: Record<string, string> = next === '' ? {} : { continue: next };
    const page = await client.json({
      path,
      query: { ...query, limit: PAGE, ...more },
      deadlineMs,
      signal,
    });
    const version = readVersion(page);
    const { items, metadata } = page as { items?: unknown; metadata: { continue?: unknown } };
    if (!Array.isArray(items) && items !== null)
      throw new ApiError('kubernetes-garbage', 'a list of the API server has no items');
    take((items ?? []).map((item) => readObject(collection, item)));
    next = isFields(metadata) && typeof metadata.continue === 'string' ? metadata.continue : '';
    if (next === '') return version;
  }
}
