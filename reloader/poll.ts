import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import request from 'undici/lib/api/api-request.js';
import Client from 'undici/lib/dispatcher/client.js';
import { AS_OF_HEADER, type AsOf, formatAsOf, parseAsOf } from '../functions/wire/as-of.ts';
import { type Bundle, parseBundle } from '../functions/wire/bundle.ts';
import { INSTEAD_HEADER, parseRevision, REVISION_HEADER } from '../functions/wire/revision.ts';
import { underEither } from './under-either.ts';

/** Of which revision of the intent an answer is; older renderers do not say. */
export interface Origin {
  readonly revision?: string;
  /** It is an earlier one, in the place of this one, which was refused here. */
  readonly insteadOf?: string;
}

export type Polled =
  | ({ readonly kind: 'bundle'; readonly bundle: Bundle } & Origin)
  | ({ readonly kind: 'unchanged'; readonly asOf: AsOf } & Origin)
  /** 503 with the code `behind`: the replica has not yet seen what this reloader has. */
  | { readonly kind: 'behind'; readonly retryAfterMs: number };

export interface PollRequest {
  /** The bundle that is not wanted again. */
  readonly etag?: string | undefined;
  readonly asOf: AsOf;
  /** How long the renderer may hold the request. */
  readonly waitMs: number;
  /** What this reloader runs, for the renderer's status page. */
  readonly report: Readonly<{ [header: string]: string }>;
  readonly signal: AbortSignal;
}

export interface PollerOptions {
  readonly renderer: URL;
  /** Query parameters, `ssldir` and `filesdir` among them. */
  readonly query: Readonly<{ [name: string]: string }>;
  /** Read again before each poll: tokens and certificates are renewed in place. */
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface Poller {
  /** @throws PollError, BundleError, or what undici throws */
  poll(request: PollRequest): Promise<Polled>;
  close(): Promise<void>;
}

/** An answer that is none. Codes: `poll-status`, `poll-size`, `poll-length`. */
export class PollError extends Error {
  override readonly name = 'PollError';
  readonly code: string;
  /** How long the renderer asks to be left alone. */
  readonly retryAfterMs: number;
  constructor(code: string, message: string, retryAfterMs = 0) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

const MAX_BYTES = 256 * 1024 * 1024;
const CONNECT_MS = 10_000;
const BODY_MS = 30_000;
/** The renderer adds up to a sixteenth of the wait as jitter; then it must have answered. */
const MARGIN_MS = 15_000;
const MAX_RETRY_AFTER_MS = 300_000;
const unzip = promisify(gunzip);

type Headers = Readonly<{ [name: string]: string | string[] | undefined }>;
const header = (headers: Headers, name: string): string => String(headers[name] ?? '');

function originOf(headers: Headers): Origin {
  const revision = parseRevision(header(headers, REVISION_HEADER));
  const insteadOf = parseRevision(header(headers, INSTEAD_HEADER));
  return { ...(revision && { revision }), ...(insteadOf && { insteadOf }) };
}

/** Seconds, as the renderer tells them; a date is not worth a clock here. */
function retryAfter(headers: Headers): number {
  const seconds = /^\d{1,6}$/.exec(header(headers, 'retry-after'))?.[0] ?? '0';
  return Math.min(Number(seconds) * 1000, MAX_RETRY_AFTER_MS);
}

async function readBody(body: AsyncIterable<Buffer>, headers: Headers): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > MAX_BYTES) throw new PollError('poll-size', `the answer is over ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  const length = header(headers, 'content-length');
  if (length !== '' && Number(length) !== size)
    throw new PollError('poll-length', `the answer has ${size} bytes, not the ${length} announced`);
  const bytes = Buffer.concat(parts);
  if (header(headers, 'content-encoding') !== 'gzip') return bytes.toString('utf8');
  return (await unzip(bytes, { maxOutputLength: MAX_BYTES })).toString('utf8');
}

/** What the renderer says is wrong (RFC 9457), as far as the text says anything. */
function readProblem(text: string): { readonly code?: unknown; readonly detail: string } {
  try {
    const { code, title, detail } = JSON.parse(text) as { [member: string]: unknown };
    return { code, detail: String(detail ?? title ?? '').slice(0, 300) };
  } catch {
    return { detail: '' };
  }
}

/** The connection to the renderer, made anew when its certificates change. */
export function createPoller(options: PollerOptions): Poller {
  const { renderer, tokenFile, caFile, certFile, keyFile } = options;
  const base = renderer.pathname.replace(/\/$/, '');
  const path = `${base}/bundle?${new URLSearchParams(options.query)}`;
  let client: InstanceType<typeof Client> | undefined;
  let made = '';

  const optional = (file: string | undefined) =>
    file === undefined ? undefined : readFile(file, 'utf8');

  const connected = async (): Promise<InstanceType<typeof Client>> => {
    const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(optional));
    const stamp = JSON.stringify([ca, cert, key]);
    if (client !== undefined && stamp === made && !client.destroyed) return client;
    await client?.destroy();
    made = stamp;
    client = new Client(renderer.origin, {
      connect: {
        timeout: CONNECT_MS,
        keepAlive: true,
        keepAliveInitialDelay: 15_000,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      },
    });
    return client;
  };

  const ask = async (
    { etag, asOf, waitMs, report, signal }: PollRequest,
    limitMs: number,
  ): Promise<Polled> => {
    const token = (await optional(tokenFile))?.trim();
    const seen = formatAsOf(asOf);
    const connection = await connected();
    const { statusCode, headers, body } = await request.call(connection, {
      method: 'GET',
      path,
      headersTimeout: limitMs,
      bodyTimeout: BODY_MS,
      signal: signal,
      headers: {
        ...report,
        accept: 'application/json',
        'accept-encoding': 'gzip',
        ...(etag === undefined ? {} : { 'if-none-match': `"${etag}"` }),
        ...(etag === undefined ? {} : { prefer: `wait=${Math.floor(waitMs / 1000)}` }),
        ...(seen === '' ? {} : { [AS_OF_HEADER]: seen }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    const text = await readBody(body, headers);
    if (statusCode === 200)
      return { kind: 'bundle', bundle: parseBundle(text), ...originOf(headers) };
    if (statusCode === 304 && etag !== undefined) {
      const position = parseAsOf(header(headers, AS_OF_HEADER)) ?? {};
      return { kind: 'unchanged', asOf: position, ...originOf(headers) };
    }
    const { code, detail } = readProblem(text);
    if (statusCode === 503 && code === 'behind')
      return { kind: 'behind', retryAfterMs: retryAfter(headers) };
    throw new PollError(
      'poll-status',
      `the renderer answers ${statusCode} ${detail}`.trim(),
      retryAfter(headers),
    );
  };

  return {
    poll(request) {
      const limitMs = Math.ceil(request.waitMs + request.waitMs / 16 + MARGIN_MS);
      const limit = AbortSignal.timeout(limitMs + BODY_MS);
      return underEither([request.signal, limit], (signal) => ask({ ...request, signal }, limitMs));
    },
    async close() {
      await client?.destroy();
    },
  };
}
