import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { AS_OF_HEADER, formatAsOf } from '../../functions/wire/as-of.ts';
import { type Bundle, bundleFile, formatBundle, makeBundle } from '../../functions/wire/bundle.ts';
import { freePort } from './port.ts';

/** Answers one request in place of the protocol. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** A render service that serves the bundles that it is given: GET /bundle with If-None-Match and Prefer: wait. */
export interface Renderer {
  readonly url: string;
  readonly port: number;
  /** The requests so far. */
  readonly seen: readonly IncomingMessage[];
  serve(bundle: Bundle): void;
  /** Adds headers to every answer with a bundle, or with none, from now on. */
  tell(headers: Readonly<{ [name: string]: string }>): void;
  /** Takes evidence as it comes, from now on, and gives its lines; before, there is nothing at /evidence. */
  takeEvidence(): readonly string[];
  /** Requests that sent evidence so far, and those that still last. */
  evidenceStreams(): { readonly all: number; readonly lasting: number };
  /** Ends them. */
  endEvidence(): void;
  /** Takes no more of them. */
  refuseEvidence(): void;
  /** Answers every request so, held ones too, until `serve`. */
  misbehave(how: Misbehaviour): void;
  /** Goes away: connections are cut, new ones refused. */
  leave(): Promise<void>;
  /** Comes back on the same port. */
  come(): Promise<void>;
}

/** A bundle of a configuration and other files, by path. */
export function bundleOf(config: string, files: Readonly<{ [path: string]: string }> = {}): Bundle {
  const others = Object.entries(files).map(([path, content]) => bundleFile(path, content));
  return makeBundle([bundleFile('haproxy.cfg', config), ...others], {});
}

type Told = Readonly<{ [name: string]: string }>;

function sendBundle(bundle: Bundle, response: ServerResponse, more: Told): void {
  const headers = {
    ...more,
    etag: `"${bundle.etag}"`,
    [AS_OF_HEADER]: formatAsOf(bundle.asOf),
    'content-type': 'application/json',
  };
  response.writeHead(200, headers).end(formatBundle(bundle));
}

/** One that ends with the test. */
export async function startRenderer(t: TestContext): Promise<Renderer> {
  const renderer = await startRendererAlone();
  t.after(renderer.leave);
  return renderer;
}

/** One that runs until it leaves. */
export async function startRendererAlone(): Promise<Renderer> {
  const seen: IncomingMessage[] = [];
  const held = new Set<() => void>();
  let current: Bundle | undefined;
  let misbehaviour: Misbehaviour | undefined;
  let more: Told = {};
  let lines: string[] | undefined;
  const streams = new Set<ServerResponse>();
  let streamsSoFar = 0;
  // Not any: while it is away, a connection of somebody else's might be given that as its own.
  const port = await freePort();

  const answer: Misbehaviour = (request, response) => {
    if (misbehaviour !== undefined) return misbehaviour(request, response);
    if (current === undefined) return void response.writeHead(503, { 'retry-after': '1' }).end();
    if (request.headers['if-none-match'] !== `"${current.etag}"`)
      return sendBundle(current, response, more);
    const wait = Number(/wait=(\d+)/.exec(String(request.headers.prefer))?.[1] ?? 0);
    const asOf = formatAsOf(current.asOf);
    const timer = setTimeout(() => {
      held.delete(wake);
      response.writeHead(304, { ...more, [AS_OF_HEADER]: asOf }).end();
    }, wait * 1000);
    const wake = () => {
      clearTimeout(timer);
      held.delete(wake);
      answer(request, response);
    };
    held.add(wake);
    response.on('close', () => {
      clearTimeout(timer);
      held.delete(wake);
    });
  };

  const receive: Misbehaviour = (request, response) => {
    if (!lines) return void response.writeHead(404).end('{"code":"not-found"}');
    const taken = lines;
    streams.add(response);
    streamsSoFar += 1;
    response.writeHead(200).flushHeaders();
    request.setEncoding('utf8').on('data', (text: string) => {
      taken.push(...text.split('\n').filter((line) => line !== ''));
    });
    response.on('close', () => streams.delete(response));
    request.on('end', () => response.end());
  };

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/evidence')) return receive(request, response);
    seen.push(request);
    answer(request, response);
  };
  let server: Server;
  const listen = async () => {
    server = createServer(handle);
    await new Promise<void>((done) => void server.listen(port, '127.0.0.1', done));
  };
  const leave = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  const wakeAll = () => {
    for (const wake of [...held]) wake();
  };
  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    serve(bundle) {
      misbehaviour = undefined;
      current = bundle;
      wakeAll();
    },
    tell(headers) {
      more = headers;
    },
    takeEvidence() {
      lines ??= [];
      return lines;
    },
    evidenceStreams: () => ({ all: streamsSoFar, lasting: streams.size }),
    endEvidence() {
      for (const response of streams) response.end();
    },
    refuseEvidence() {
      lines = undefined;
    },
    misbehave(how) {
      misbehaviour = how;
      wakeAll();
    },
    leave,
    come: listen,
  };
}
