import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { readCertificate } from './access/certificate.ts';
import type { Facts, HttpFunction, Reply } from './http/exchange.ts';
import type { Gate } from './http/gate.ts';
import type { Lifecycle } from './http/lifecycle.ts';
import { Problem, type ProblemCode, problemReply } from './http/problem.ts';
import type { Log } from './wire/log.ts';
import type { FindStranger } from './wire/own-hosts.ts';

/** One row of the route table: which function answers which path. */
export interface Route {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** The function's name in metrics and logs. */
  readonly name: string;
  /** Whether anybody may ask, whatever the gate says. */
  readonly isOpen?: boolean;
  readonly answer: HttpFunction;
}

export interface Answered {
  readonly name: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
  readonly peer: string;
}

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly gate: Gate;
  readonly lifecycle: Lifecycle;
  /** Bytes that a body may have, uncompressed. */
  readonly maxBody: number;
  /** Milliseconds after which a client that takes no byte of its answer is cut off. */
  readonly stallMs: number;
  /** Where nobody has to prove who he is: says which requests are not for this service. */
  readonly findStranger?: FindStranger;
  readonly log: Log;
  readonly onAnswered?: (answered: Answered) => void;
}

function readFacts(request: Request, response: Response): Facts {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const mark = request.url.indexOf('?');
  const headers = Object.entries(request.headersDistinct).map(([k, v]) => [k, v?.join(', ')]);
  return {
    method: request.method,
    path: request.path,
    query: new URLSearchParams(mark < 0 ? '' : request.url.slice(mark + 1)),
    headers: Object.fromEntries(headers),
    body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array(),
    peer: request.socket.remoteAddress ?? '',
    signal: gone.signal,
  };
}

function enter(gate: Gate, { method, path, socket, headers }: Request): Promise<string> {
  const certificate = socket instanceof TLSSocket ? readCertificate(socket) : undefined;
  const { authorization } = headers;
  return gate({
    method,
    path,
    peer: socket.remoteAddress ?? '',
    ...(authorization !== undefined && { authorization }),
    ...(certificate && { certificate }),
  });
}

function write(
  response: Response,
  { status, headers, body }: Reply,
  { lifecycle: { isStopping }, stallMs }: Pick<AppOptions, 'lifecycle' | 'stallMs'>,
): void {
  if (response.destroyed || response.headersSent) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.setTimeout(stallMs, () => response.destroy());
  response.writeHead(status, {
    ...headers,
    'X-Content-Type-Options': 'nosniff',
    ...(bytes && { 'Content-Length': String(bytes.byteLength) }),
    ...(isStopping && { Connection: 'close' }),
  });
  response.end(bytes);
}

const BODY_PROBLEMS: Record<string, ProblemCode> = {
  'entity.too.large': 'body-too-large',
  'encoding.unsupported': 'unsupported-encoding',
  'charset.unsupported': 'unsupported-encoding',
  'request.size.invalid': 'bad-body',
  'request.aborted': 'bad-body',
};

/** What went wrong as an answer; what is nobody's fault but ours is logged, and not told. */
function explain(error: unknown, log: Log): Reply {
  if (error instanceof Problem) return error.reply;
  const { type, status, message } = error as { type?: string; status?: number; message?: string };
  const code = BODY_PROBLEMS[type ?? ''] ?? (status === 400 ? 'bad-body' : undefined);
  // Bodies that were not read to their end would be taken for the next request.
  if (code !== undefined)
    return problemReply({ code, detail: String(message), headers: { Connection: 'close' } });
  log.error('a request failed', { error });
  return problemReply({ code: 'internal-error', detail: 'the service met an error of its own' });
}

const MALFORMED: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Answers what never became a request: too large, too slow, or not HTTP. For the server's event `clientError`. */
export function refuseMalformed(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = MALFORMED[error.code ?? ''] ?? 'malformed-request';
  const { status, headers, body = '' } = problemReply({ code, detail: error.message });
  const lines = Object.entries({ ...headers, 'Content-Length': body.length, Connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${code}\r\n${head}\r\n${body}`);
}

/** What a request passes through, with the options at hand. */
function handlers(options: AppOptions) {
  const { routes, gate, findStranger, log, onAnswered } = options;
  const started = new WeakMap<IncomingMessage, number>();

  function start(request: Request, _response: Response, next: () => void): void {
    started.set(request, performance.now());
    const stranger = findStranger?.(request);
    if (stranger) {
      const { method, path, socket } = request;
      const peer = socket.remoteAddress;
      log.warn('a request was refused', { peer, method, path, reason: stranger.code });
      throw new Problem(stranger);
    }
    next();
  }

  async function admit(request: Request, _response: Response, next: () => void): Promise<void> {
    await enter(gate, request);
    next();
  }

  function finish(request: Request, response: Response, reply: Reply): void {
    write(response, reply, options);
    const now = performance.now();
    onAnswered?.({
      name: routes.find(({ path }) => path === request.path)?.name ?? 'none',
      method: request.method,
      status: reply.status,
      seconds: (now - (started.get(request) ?? now)) / 1000,
      peer: request.socket.remoteAddress ?? '',
    });
  }

  const answer = (route: Route) =>
    async function answer(request: Request, response: Response): Promise<void> {
      const facts = readFacts(request, response);
      try {
        finish(request, response, await route.answer(facts));
      } catch (error) {
        // What fails because the client has gone interests nobody.
        if (!facts.signal.aborted) throw error;
      }
    };

  const fail: ErrorRequestHandler = (error, request, response, _next) =>
    finish(request, response, explain(error, log));

  return { start, admit, answer, fail };
}

function refuseMethod(path: string, routes: readonly Route[]): RequestHandler {
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const Allow = methods.join(', ');
  return ({ method }) => {
    const detail = `${path} takes ${Allow}, not ${method}`;
    throw new Problem({ code: 'method-not-allowed', detail, headers: { Allow } });
  };
}

const refusePath: RequestHandler = ({ path }) => {
  throw new Problem({ code: 'not-found', detail: `there is nothing at ${path.slice(0, 200)}` });
};

/** The HTTP application: a table of routes, each answered by a function that touches no socket. */
export function createApp(options: AppOptions): RequestListener {
  const { routes, maxBody } = options;
  const { start, admit, answer, fail } = handlers(options);
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('strict routing').enable('case sensitive routing');
  app.use(start);
  for (const route of routes) {
    const { path, method, isOpen = false } = route;
    const verb = method === 'POST' ? 'post' : 'get';
    if (!isOpen) app[verb](path, admit);
    if (method === 'POST') app.post(path, express.raw({ type: () => true, limit: maxBody }));
    app[verb](path, answer(route));
  }
  for (const path of new Set(routes.map((route) => route.path)))
    app.all(
      path,
      refuseMethod(
        path,
        routes.filter((route) => route.path === path),
      ),
    );
  app.use(refusePath);
  app.use(fail);
  return app;
}
