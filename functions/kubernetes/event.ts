import { parseJson, writeJson } from '../core/json.ts';
import { ApiError, errorOfStatus } from './api-error.ts';
import type { Collection } from './collection.ts';
import { isFields } from '../core/fields.ts';
import { type ApiObject, readObject, readVersion } from './object.ts';

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'put' | 'delete'; readonly object: ApiObject }
  | { readonly type: 'bookmark'; readonly version: string; readonly endsList: boolean };

const TYPES: Readonly<Record<string, 'put' | 'delete'>> = {
  ADDED: 'put',
  MODIFIED: 'put',
  DELETED: 'delete',
};

function endsList(object: unknown): boolean {
  const metadata = isFields(object) ? object.metadata : undefined;
  const annotations = isFields(metadata) ? metadata.annotations : undefined;
  return isFields(annotations) && annotations['k8s.io/initial-events-end'] === 'true';
}

/**
 * Reads one line of a watch.
 *
 * @throws ApiError what an ERROR event tells; `kubernetes-garbage` for what is no event, since one that is dropped in
 * silence is a change that never comes
 */
export function readEvent(collection: Collection, line: Buffer): WatchEvent {
  let event: unknown;
  try {
    event = parseJson(line.toString());
  } catch (cause) {
    throw new ApiError('kubernetes-garbage', 'a line of a watch is not JSON', { cause });
  }
  const { type, object } = isFields(event) ? event : {};
  if (type === 'BOOKMARK')
    return { type: 'bookmark', version: readVersion(object), endsList: endsList(object) };
  if (type === 'ERROR') {
    const { code } = isFields(object) ? object : {};
    throw errorOfStatus({
      status: typeof code === 'number' ? code : 500,
      text: writeJson(object ?? {}),
    });
  }
  const known = TYPES[String(type)];
  if (known === undefined)
    throw new ApiError(
      'kubernetes-garbage',
      `a watch sends an event of type ${String(type).slice(0, 50)}`,
    );
  return { type: known, object: readObject(collection, object) };
}
