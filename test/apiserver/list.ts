import type { ApiRequest } from './request.ts';
import { shown } from './discovery.ts';
import { apiVersionOf, CUSTOM, kindOf } from './resources.ts';
import { type Answer, expired, failure } from './status.ts';
import type { Store, StoredObject } from './store.ts';

interface Cursor {
  readonly version: number;
  readonly rest: readonly StoredObject[];
}

/** Whether labels are those of a `labelSelector` of equalities and sets. */
function isSelected(selector: string, labels: Readonly<Record<string, string>>): boolean {
  const wanted = selector.split(/,(?![^()]*\))/).filter((term) => term !== '');
  return wanted.every((term) => {
    const [, key = '', list = ''] = /^(\S+) in \((.*)\)$/.exec(term) ?? [];
    if (key !== '') return list.split(',').includes(labels[key] ?? '');
    const [name = '', value] = term.split(/==?/);
    return labels[name] === value;
  });
}

/** Whether an object is among those that a request asks for. */
export function isAskedFor(request: ApiRequest, { metadata, type }: StoredObject): boolean {
  const [, wanted = type] =
    /(?:^|,)type=([^,]+)/.exec(request.query.get('fieldSelector') ?? '') ?? [];
  return (
    wanted === type &&
    isSelected(request.query.get('labelSelector') ?? '', metadata.labels ?? {}) &&
    (request.namespace === undefined || metadata.namespace === request.namespace) &&
    (request.name === undefined || metadata.name === request.name)
  );
}

/** Items of a list bear neither kind nor apiVersion: the list does, as in the real API. */
function asItem(object: StoredObject, request: ApiRequest): object {
  const {
    kind: _,
    apiVersion: __,
    ...item
  } = shown(object, request, request.resource) as Record<string, unknown>;
  return item;
}

/** The form that has of each object its metadata alone. */
const isOfMetadata = ({ headers }: ApiRequest): boolean =>
  String(headers.accept).includes('as=PartialObjectMetadataList');

const asMetadata = ({ metadata }: StoredObject): object => ({ metadata });

/** Answers lists: consistent reads, in pages where `limit` asks for them; pages go on from the first one's version. */
export function createLists(store: Store): (request: ApiRequest) => Answer {
  const cursors = new Map<string, Cursor>();
  let issued = 0;

  const begin = (request: ApiRequest): Cursor => ({
    version: store.version,
    rest: store.list(request.resource).filter((object) => isAskedFor(request, object)),
  });

  return (request) => {
    const token = request.query.get('continue');
    const cursor = token === null ? begin(request) : cursors.get(token);
    if (!cursor) return failure(400, 'BadRequest', 'invalid continue token');
    if (cursor.version < store.compacted)
      return expired(
        'The provided continue parameter is too old to display a consistent list result.',
      );
    const limit = Number(request.query.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
    const rest = cursor.rest.slice(Math.min(limit, cursor.rest.length));
    const next = rest.length > 0 ? `page-${++issued}` : '';
    if (next) cursors.set(next, { version: cursor.version, rest });
    const more = next ? { continue: next, remainingItemCount: rest.length } : {};
    const items = cursor.rest.slice(0, cursor.rest.length - rest.length);
    const metadata = { resourceVersion: String(cursor.version), ...more };
    if (isOfMetadata(request)) {
      const form = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
      return { status: 200, body: { ...form, metadata, items: items.map(asMetadata) } };
    }
    return {
      status: 200,
      body: {
        kind: `${kindOf(request.resource)}List`,
        apiVersion:
          request.resource === CUSTOM
            ? `${request.group}/${request.version}`
            : apiVersionOf(request.resource),
        metadata,
        items: items.map((object) => asItem(object, request)),
      },
    };
  };
}
