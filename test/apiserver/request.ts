import type { IncomingMessage } from 'node:http';

type Read = 'get' | 'list' | 'watch';
type Write = 'create' | 'update' | 'patch' | 'delete';

/** A request as the API server's handlers and authorizers see it (its `RequestInfo`). */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Which client it comes from, by the prefix `/as/NAME` of its base URL; "" without. */
  readonly client: string;
  readonly user: string;
  readonly verb: Read | Write;
  readonly group: string;
  readonly version: string;
  /** Empty where it is asked which kinds there are. */
  readonly resource: string;
  readonly namespace?: string;
  /** The one object that is asked for, also by `fieldSelector=metadata.name=NAME`. */
  readonly name?: string;
  /** `status` or `token`, say. */
  readonly subresource?: string;
}

const PATH =
  /^\/(?:api|apis\/([^/]+))\/(v\d[^/]*)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;
const DISCOVERY = /^\/(?:api|apis\/([^/]+))(?:\/(v\d[^/]*))?$/;
const WRITES: Readonly<Record<string, Write>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const BY_NAME = /(?:^|,)metadata\.name=([^,]+)/;

/** Parses a request, or gives undefined where the path is none of the API's. */
export function parseRequest(incoming: IncomingMessage): Omit<ApiRequest, 'user'> | undefined {
  const url = new URL(incoming.url ?? '/', 'http://server');
  const [, client = '', rest = url.pathname] = /^\/as\/([^/]+)(\/.*)$/.exec(url.pathname) ?? [];
  const found = PATH.exec(rest) ?? DISCOVERY.exec(rest);
  if (!found) return undefined;
  const [, group = '', version = '', namespace, resource = '', object, subresource] = found;
  const query = url.searchParams;
  const name = object ?? BY_NAME.exec(query.get('fieldSelector') ?? '')?.[1];
  const isWatch = /^(1|true)$/.test(query.get('watch') ?? '');
  const reads = object !== undefined || resource === '' ? 'get' : isWatch ? 'watch' : 'list';
  return {
    method: incoming.method ?? 'GET',
    path: rest,
    query,
    headers: incoming.headers,
    client,
    verb: WRITES[incoming.method ?? ''] ?? reads,
    group,
    version,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
