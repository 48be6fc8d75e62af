import type { TokenOwner } from './access.ts';
import type { ApiRequest } from './request.ts';
import { type Answer, failure } from './status.ts';
import type { NewObject, Store } from './store.ts';

type Body = Omit<NewObject, 'metadata'> & { readonly metadata: Record<string, unknown> };

const missing = ({ resource, name }: ApiRequest): Answer =>
  failure(404, 'NotFound', `${resource} "${name}" not found`);

/** Makes what a create or an update sends into an object of the store. */
function place(request: ApiRequest, body: Body): NewObject {
  const name = request.name ?? String(body.metadata.name);
  return { ...body, metadata: { ...body.metadata, name, namespace: request.namespace ?? '' } };
}

function issueToken(tokens: Map<string, TokenOwner>, request: ApiRequest, body: Body): Answer {
  const { audiences } = (body.spec ?? {}) as { audiences?: readonly string[] };
  const token = `issued-${tokens.size + 1}`;
  const name = `system:serviceaccount:${request.namespace}:${request.name}`;
  tokens.set(token, { name, ...(audiences ? { audiences } : {}) });
  return { status: 201, body: { kind: 'TokenRequest', metadata: {}, status: { token } } };
}

/** Answers creates, updates (also of a status alone) and deletes, and requests of tokens. */
export function createWrites(store: Store, tokens: Map<string, TokenOwner>) {
  return (request: ApiRequest, body: Body | undefined): Answer => {
    const { verb, resource, namespace = '', name = '', subresource } = request;
    const known = store.get(resource, namespace, name);
    if (verb === 'delete') {
      if (!known) return missing(request);
      store.delete(resource, namespace, name);
      if (resource === 'namespaces') store.deleteNamespace(name);
      return { status: 200, body: known };
    }
    if (!body) return failure(400, 'BadRequest', 'no body');
    if (subresource === 'token') return issueToken(tokens, request, body);
    if (verb === 'create') {
      const object = place(request, body);
      if (store.get(resource, namespace, object.metadata.name))
        return failure(
          409,
          'AlreadyExists',
          `${resource} "${object.metadata.name}" already exists`,
        );
      return { status: 201, body: store.put(resource, object) };
    }
    if (!known) return missing(request);
    const next = subresource === 'status' ? { ...known, status: body.status } : body;
    return { status: 200, body: store.put(resource, place(request, next as Body)) };
  };
}
