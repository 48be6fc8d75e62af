import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import {
  API_AUDIENCE,
  type Attempt,
  type Authorizer,
  forbidden,
  reviewAccess,
  reviewToken,
  type TokenOwner,
} from './access.ts';
import { freePort } from '../kit/port.ts';
import { discover, isServed, notThere, shown } from './discovery.ts';
import { readBody, reply } from './exchange.ts';
import { Faults, suffer } from './faults.ts';
import { createLists } from './list.ts';
import { type ApiRequest, parseRequest } from './request.ts';
import { type Answer, failure, missing, unauthorized } from './status.ts';
import { Store } from './store.ts';
import { type Stream, serveWatch } from './watch.ts';
import { createWrites } from './write.ts';

export interface ApiServerOptions {
  /** Plain HTTP without; `ca` asks clients for certificates. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
  /** Whether requests need a token of `tokens` (or a client certificate); otherwise anyone is `anonymous`. */
  readonly needsToken?: boolean;
  readonly bookmarkMs?: number;
  readonly port?: number;
  readonly historyLimit?: number;
  /** The objects of a server that was closed: it comes back. */
  readonly store?: Store;
}

export interface ApiServer {
  readonly base: string;
  /** The base URL of one client, so that requests and lags can be told apart. */
  baseFor(client: string): string;
  readonly port: number;
  readonly store: Store;
  readonly faults: Faults;
  /** Every request so far, in order of arrival. */
  readonly requests: readonly ApiRequest[];
  readonly tokens: Map<string, TokenOwner>;
  /** May be changed at any time; a test's whole policy. */
  authorize: Authorizer;
  hasStreamingLists: boolean;
  /** Whether a watch from a compacted version is refused by the status of its answer, as older servers do. */
  goneByStatus: boolean;
  /** Milliseconds that the events of a client lag behind; by its name. */
  readonly lags: Map<string, number>;
  readonly streams: ReadonlySet<Stream>;
  /** How many connections were ever made. */
  connections(): number;
  close(): Promise<void>;
}

/** Whom a client certificate names. A resumed session counts as authorized even where none was ever shown. */
function readCommonName(socket: IncomingMessage['socket']): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const common: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof common === 'string' ? common : undefined;
}

/**
 * A Kubernetes API server for tests: real HTTP, the list, watch and review protocols as the API server speaks them,
 * and a handle to change objects and to disturb clients.
 *
 * @param scope ends it: a test's context, or a benchmark's own
 */
export async function startApiServer(
  scope: { after(end: () => Promise<void>): void },
  options: ApiServerOptions = {},
): Promise<ApiServer> {
  const { bookmarkMs = 60_000, historyLimit = 50_000 } = options;
  const store = options.store ?? new Store({ firstVersion: 1000, historyLimit });
  const faults = new Faults();
  const requests: ApiRequest[] = [];
  const streams = new Set<Stream>();
  const list = createLists(store);
  const tokens = new Map<string, TokenOwner>();
  const write = createWrites(store, tokens);

  store.subscribe(() => {
    for (const stream of streams) if (!isServed(store, stream.request)) stream.end();
  });

  const identify = ({ headers, socket }: IncomingMessage): TokenOwner | undefined => {
    const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
    const owner = handle.tokens.get(token ?? '');
    if (owner)
      return (owner.audiences ?? [API_AUDIENCE]).includes(API_AUDIENCE) ? owner : undefined;
    if (token !== undefined) return undefined;
    const name = readCommonName(socket);
    if (name !== undefined) return { name };
    return options.needsToken ? undefined : { name: 'anonymous' };
  };

  const answer = async (
    request: ApiRequest,
    owner: TokenOwner,
    exchange: { incoming: IncomingMessage; response: ServerResponse },
  ): Promise<Answer | undefined> => {
    const { verb, group, resource, namespace, name } = request;
    if (resource === '') return discover(store, request);
    if (!isServed(store, request)) return notThere();
    const attempt: Attempt = {
      user: owner.name,
      groups: owner.groups ?? [],
      verb,
      group,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    };
    if (!handle.authorize(attempt)) return forbidden(attempt);
    if (verb !== 'list' && verb !== 'get' && verb !== 'watch') {
      const read = await readBody(exchange.incoming);
      if ('refusal' in read) return read.refusal;
      const body = read.text === '' ? undefined : JSON.parse(read.text);
      if (resource === 'tokenreviews') return reviewToken(handle.tokens, body);
      if (resource === 'subjectaccessreviews') return reviewAccess(handle.authorize, body);
      return write(request, body);
    }
    if (verb === 'list') return list(request);
    if (verb === 'get') {
      const found = store.get(resource, namespace ?? '', name ?? '');
      return found
        ? { status: 200, body: shown(found, request, resource) }
        : missing(resource, name ?? '');
    }
    const stream = serveWatch({
      store,
      request,
      response: exchange.response,
      hasStreamingLists: handle.hasStreamingLists,
      goneByStatus: handle.goneByStatus,
      bookmarkMs,
      lagMs: () => handle.lags.get(request.client) ?? 0,
    });
    if ('status' in stream) return stream;
    // As the real one's cache has it, a watch from a version that is yet to come is sent nothing.
    if (Number(request.query.get('resourceVersion')) > store.version) stream.freeze();
    streams.add(stream);
    exchange.response.on('close', () => streams.delete(stream));
    return undefined;
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parsed = parseRequest(incoming);
    const owner = identify(incoming);
    if (!parsed) return reply(incoming, response, failure(404, 'NotFound', 'no such path'));
    const request = { ...parsed, user: owner?.name ?? '' };
    requests.push(request);
    const fault = faults.take(request);
    const outcome = fault ? await suffer(fault, { incoming, response }) : 'go on';
    if (outcome === 'done') return;
    if (outcome !== 'go on') return reply(incoming, response, outcome);
    if (!owner) return reply(incoming, response, unauthorized());
    const answered = await answer(request, owner, { incoming, response });
    if (fault?.kind === 'unanswered') {
      fault.done();
      incoming.socket.destroy();
    } else if (answered) reply(incoming, response, answered);
  };
  const listener: RequestListener = (incoming, response) => {
    serve(incoming, response).catch((error) => response.destroy(error));
  };
  const client = { requestCert: options.tls?.ca !== undefined, rejectUnauthorized: false };
  const server = options.tls
    ? createTlsServer({ ...options.tls, ...client }, listener)
    : createServer(listener);
  let connections = 0;
  server.on('connection', () => {
    connections++;
  });
  const port = options.port ?? (await freePort());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const base = `http${options.tls ? 's' : ''}://127.0.0.1:${port}`;
  const handle: ApiServer = {
    base,
    baseFor: (name) => `${base}/as/${name}`,
    port,
    store,
    faults,
    requests,
    tokens,
    authorize: () => true,
    hasStreamingLists: true,
    goneByStatus: false,
    lags: new Map(),
    streams,
    connections: () => connections,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  scope.after(() => handle.close());
  return handle;
}
