import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { issueToken, type TokenOwner } from './access.ts';
import { manage } from './managed-fields.ts';
import { mergePatch } from './merge-patch.ts';
import type { ApiRequest } from './request.ts';
import { CUSTOM, fullNameOf } from './resources.ts';
import { type Answer, failure, missing, success } from './status.ts';
import type { NewObject, Store, StoredObject } from './store.ts';
import { refuseInvalid } from './validate.ts';

type Body = Readonly<Record<string, unknown>> & { readonly metadata?: Record<string, unknown> };

/** The largest request that etcd takes, in bytes. */
const MOST_STORED = 1.5 * 1024 * 1024;
const MERGE_PATCH = 'application/merge-patch+json';

function conflict({ resource }: ApiRequest, name: string): Answer {
  const said = `Operation cannot be fulfilled on ${fullNameOf(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
  return failure(409, 'Conflict', said, { name, kind: resource });
}

/** By `fieldManager`, or else by what the client says that it is. */
function managerOf({ query, headers }: ApiRequest): string {
  return query.get('fieldManager') ?? String(headers['user-agent'] ?? '').split('/')[0] ?? '';
}

/** Whether a write changes nothing: then there is no new version of the object, and no event. */
function isSame(a: StoredObject, b: NewObject): boolean {
  const [one, other] = [a, b].map(({ kind: _, apiVersion: __, metadata, ...rest }) => {
    const { resourceVersion: ___, managedFields: ____, ...more } = metadata;
    return { ...rest, metadata: more };
  });
  return isDeepStrictEqual(one, other);
}

/** Answers creates, updates and patches (also of a status alone), deletes, and requests of tokens. */
export function createWrites(store: Store, tokens: Map<string, TokenOwner>) {
  const keep = (request: ApiRequest, object: NewObject, before?: StoredObject): Answer => {
    const { resource, subresource } = request;
    if (before && isSame(before, object)) return { status: 200, body: before };
    if (Buffer.byteLength(JSON.stringify(object)) > MOST_STORED)
      return failure(500, '', 'etcdserver: request is too large');
    const managedFields = manage({
      resource,
      manager: managerOf(request),
      after: object,
      time: `${new Date().toISOString().slice(0, 19)}Z`,
      ...(before === undefined ? {} : { before }),
      ...(subresource === undefined ? {} : { subresource }),
    });
    const managed = managedFields.length > 0 ? { managedFields } : { managedFields: undefined };
    const kept = { ...object, metadata: { ...object.metadata, ...managed } };
    return { status: before === undefined ? 201 : 200, body: store.put(resource, kept) };
  };

  const create = (request: ApiRequest, body: Body): Answer => {
    const { resource, namespace = '' } = request;
    const { name: given, generateName, ...more } = body.metadata ?? {};
    if (more.resourceVersion !== undefined)
      return failure(500, '', 'resourceVersion should not be set on objects to be created');
    if (more.namespace !== undefined && more.namespace !== namespace)
      return failure(
        400,
        'BadRequest',
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    const generated =
      generateName === undefined ? '' : `${generateName}${randomBytes(3).toString('hex')}`;
    const name = String(given ?? generated);
    const creationTimestamp = `${new Date().toISOString().slice(0, 19)}Z`;
    const metadata = { ...more, name, namespace, creationTimestamp };
    const object: NewObject = {
      ...body,
      metadata: generateName === undefined ? metadata : { ...metadata, generateName },
    };
    const refused = refuseInvalid(resource, name, { after: object, namespace });
    if (refused) return refused;
    if (store.get(resource, namespace, name))
      return failure(409, 'AlreadyExists', `${fullNameOf(resource)} "${name}" already exists`, {
        name,
        kind: resource,
      });
    return keep(request, object);
  };

  const replace = (request: ApiRequest, known: StoredObject, body: Body): Answer => {
    const { resource, subresource, namespace = '' } = request;
    const { name } = known.metadata;
    const { resourceVersion, name: given = name, ...more } = body.metadata ?? {};
    if (given !== name)
      return failure(
        400,
        'BadRequest',
        `the name of the object (${given}) does not match the name on the URL (${name})`,
      );
    if (resourceVersion !== undefined && resourceVersion !== known.metadata.resourceVersion)
      return conflict(request, name);
    const { uid, creationTimestamp } = known.metadata;
    const metadata = { ...more, name, namespace, uid, creationTimestamp };
    const object: NewObject =
      subresource === 'status' ? { ...known, status: body.status } : { ...body, metadata };
    const refused = refuseInvalid(resource, name, { after: object, before: known, namespace });
    return refused ?? keep(request, object, known);
  };

  const remove = (request: ApiRequest, known: StoredObject, body: Body | undefined): Answer => {
    const { resource } = request;
    const { name, namespace, uid, resourceVersion } = known.metadata;
    const { preconditions = {} } = (body ?? {}) as { preconditions?: Record<string, string> };
    const { uid: wantedUid = uid, resourceVersion: wantedVersion = resourceVersion } =
      preconditions;
    if (wantedUid !== uid || wantedVersion !== resourceVersion) return conflict(request, name);
    if (resource === 'customresourcedefinitions') store.deleteAll(CUSTOM);
    store.delete(resource, namespace, name);
    if (resource === 'namespaces') store.deleteNamespace(name);
    return resource === 'pods' || resource === 'namespaces'
      ? { status: 200, body: known }
      : success({ name, kind: resource, uid });
  };

  return (request: ApiRequest, body: Body | undefined): Answer => {
    const { verb, resource, namespace = '', name = '', subresource, headers } = request;
    if (subresource === 'token') return issueToken(tokens, request, { spec: body?.spec });
    if (verb === 'create')
      return body ? create(request, body) : failure(400, 'BadRequest', 'no body');
    const known = store.get(resource, namespace, name);
    if (!known) return missing(resource, name);
    if (verb === 'delete') return remove(request, known, body);
    if (!body) return failure(400, 'BadRequest', 'no body');
    if (verb === 'update') return replace(request, known, body);
    if (headers['content-type'] !== MERGE_PATCH)
      return failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type');
    const { resourceVersion: _, ...metadata } = known.metadata;
    return replace(request, known, mergePatch({ ...known, metadata }, body) as Body);
  };
}
