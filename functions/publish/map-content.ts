import type { PackedPut as Put } from '../core/fleet-pod.ts';
import { type MapContent, readContent } from '../core/objects.ts';
import { unpack } from '../core/packing.ts';

/** What a ConfigMap of thousands of entries holds is read once, however many ask: a read takes milliseconds. */
const contents = new WeakMap<Put, MapContent>();

/** What an object holds, which is kept as long as the object is. */
export function contentOf(put: Put): MapContent {
  const known = contents.get(put) ?? readContent(unpack(put.packed));
  contents.set(put, known);
  return known;
}

/** What an object holds, which is not kept beside it. */
export const contentOnce = (put: Put): MapContent =>
  contents.get(put) ?? readContent(unpack(put.packed));

/** Reads an object by the JSON that it was made from. */
export function rememberContent(put: Put, json: Uint8Array): void {
  contents.set(put, readContent(json));
}

/** The version of an object, where it is one that can be compared. */
export function versionOf({ resourceVersion: version }: MapContent): string | undefined {
  return typeof version === 'string' && /^\d{1,39}$/.test(version) ? version : undefined;
}
