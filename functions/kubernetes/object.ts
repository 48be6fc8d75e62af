import { type Fields, isFields } from '../core/fields.ts';
import { isJsonObject, writeJson } from '../core/json.ts';
import { projectObject } from '../core/inputs/projection.ts';
import type { ObjectKey } from '../core/objects.ts';
import { ApiError } from './api-error.ts';
import type { Collection } from './collection.ts';

/** An object of the API as it is passed on. */
export interface ApiObject {
  readonly key: ObjectKey;
  readonly version: string;
  readonly uid: string;
  readonly json: Uint8Array;
}

const KINDS: Readonly<Record<string, string>> = {
  configmaps: 'ConfigMap',
  secrets: 'Secret',
  pods: 'Pod',
};

const VERSION = /^(0|[1-9][0-9]{0,38})$/;
const encoder = new TextEncoder();

/** Keys sorted at every level, as `kubectl get -o json` prints them: lists and watches order them differently. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value instanceof Map)
    return new Map([...value.keys()].sort().map((key) => [key, sortKeys(value.get(key))]));
  if (!isJsonObject(value)) return value;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) sorted[key] = sortKeys((value as Fields)[key]);
  return sorted;
}

/**
 * The resourceVersion of an object or a list.
 *
 * @throws ApiError `kubernetes-garbage` where there is none
 */
export function readVersion(value: unknown): string {
  const metadata = isFields(value) ? value.metadata : undefined;
  const version = isFields(metadata) ? metadata.resourceVersion : undefined;
  if (typeof version === 'string' && VERSION.test(version)) return version;
  throw new ApiError('kubernetes-garbage', 'an object of the API server has no resourceVersion');
}

/**
 * Reads an object of a list or a watch: without `metadata.managedFields`, which nobody reads and which is more than
 * half of it, and with the kind that items of lists lack; of an object of a feed nothing but the fields that it names.
 *
 * @throws ApiError `kubernetes-garbage` where it is not an object of the API
 */
export function readObject({ kind, feed, resource }: Collection, value: unknown): ApiObject {
  const version = readVersion(value);
  const object = value as Fields & { metadata: Fields };
  const { managedFields: _, ...metadata } = object.metadata;
  const isNamespaced = resource?.isNamespaced ?? true;
  const { name, namespace = '', uid } = metadata;
  const isPlaced = typeof namespace === 'string' && (namespace !== '' || !isNamespaced);
  if (typeof name !== 'string' || name === '' || !isPlaced)
    throw new ApiError(
      'kubernetes-garbage',
      `an object of ${kind} lacks its name or its namespace`,
    );
  const kept = feed
    ? projectObject({ ...object, apiVersion: feed.apiVersion, kind: feed.kind, metadata }, feed)
    : { ...object, apiVersion: 'v1', kind: KINDS[kind], metadata };
  return {
    key: { kind, namespace, name },
    version,
    uid: typeof uid === 'string' ? uid : '',
    json: encoder.encode(writeJson(sortKeys(kept))),
  };
}
