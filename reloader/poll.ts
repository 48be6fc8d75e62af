import request from 'undici/lib/api/api-request.js';
import {
  AS_OF_HEADER,
  type AsOf,
  formatAsOf,
  mergeAsOf,
  parseAsOf,
} from '../functions/wire/as-of.ts';
import { type Bundle, parseBundle } from '../functions/wire/bundle.ts';
import {
  type Headers,
  header,
  type Origin,
  originOf,
  PollError,
  readBody,
  readProblem,
  retryAfter,
  toText,
} from './answer.ts';
import { type ConnectionOptions, createConnection, readOptional } from './connection.ts';
import { ACCEPTED, type ReadBase, readDeltaAnswer } from './delta-answer.ts';
import { type Deadline, withDeadline } from './deadline.ts';
import { underEither } from './under-either.ts';

/** How a bundle came: whole, by what is new alone, or whole since what came first could not be used. */
export type Form =
  | { readonly form: 'whole' | 'delta' }
  | { readonly form: 'doubt'; readonly doubt: unknown };

export type Polled =
  | ({ readonly kind: 'bundle'; readonly bundle: Bundle } & Form & Origin)
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

export interface PollerOptions extends ConnectionOptions {
  /** Query parameters, `ssldir` and `filesdir` among them. */
  readonly query: Readonly<{ [name: string]: string }>;
  /** Read again before each poll: tokens are renewed in place. */
  readonly tokenFile?: string | undefined;
  /** Where there is one, what is new is asked for alone. */
  readonly readBase?: ReadBase | undefined;
  readonly limits?: PollLimits;
}

export interface Poller {
  /** @throws PollError, BundleError, or what undici throws */
  poll(request: PollRequest): Promise<Polled>;
  close(): Promise<void>;
}

/** How long the renderer may be silent, in milliseconds. */
export interface PollLimits {
  /** Beyond the wait, to which it adds up to a sixteenth as jitter. */
  readonly marginMs: number;
  /** Between parts of a body. */
  readonly bodyMs: number;
}

const LIMITS: PollLimits = { marginMs: 15_000, bodyMs: 30_000 };
/** A delta was sent (RFC 3229). */
const IM_USED = 226;

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

async function readAnswer({ status, headers, bytes }: Answered, etag: string | undefined) {
  const text = await toText(bytes, header(headers, 'content-encoding') === 'gzip');
  const asOf = parseAsOf(header(headers, AS_OF_HEADER)) ?? {};
  if (status === 200) {
    const bundle = parseBundle(text);
    return {
      kind: 'bundle',
      // What is served may have come further since it was rendered.
      bundle: { ...bundle, asOf: mergeAsOf(bundle.asOf, asOf) },
      form: 'whole',
      ...originOf(headers),
    } as const;
  }
  if (status === 304 && etag !== undefined)
    return { kind: 'unchanged', asOf, ...originOf(headers) } as const;
  const { code, detail } = readProblem(text);
  const retryAfterMs = retryAfter(headers);
  if (status === 503 && code === 'behind') return { kind: 'behind', retryAfterMs } as const;
  throw new PollError(
    'poll-status',
    `the renderer answers ${status} ${detail}`.trim(),
    retryAfterMs,
  );
}

/** Polls the renderer over one connection. */
export function createPoller(options: PollerOptions): Poller {
  const { renderer, tokenFile, readBase, limits = LIMITS } = options;
  const base = renderer.pathname.replace(/\/$/, '');
  const path = `${base}/bundle?${new URLSearchParams(options.query)}`;
  const connection = createConnection(options);

  const ask = async (
    { etag, asOf, waitMs, report, signal }: PollRequest,
    deadline: Deadline,
  ): Promise<Answered> => {
    const token = (await readOptional(tokenFile))?.trim();
    const seen = formatAsOf(asOf);
    const known = etag !== undefined && {
      'if-none-match': `"${etag}"`,
      prefer: `wait=${Math.floor(waitMs / 1000)}`,
      ...(readBase && { 'a-im': ACCEPTED }),
    };
    const { statusCode, headers, body } = await request.call(await connection.open(), {
      method: 'GET',
      path,
      headersTimeout: 0,
      bodyTimeout: 0,
      signal,
      headers: {
        ...report,
        accept: 'application/json',
        'accept-encoding': 'gzip',
        ...known,
        ...(seen === '' ? {} : { [AS_OF_HEADER]: seen }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    deadline.move(limits.bodyMs);
    const bytes = await readBody(deadline.during(body), headers);
    return { status: statusCode, headers, bytes };
  };
  const askInTime = (request: PollRequest, limitMs: number): Promise<Answered> =>
    withDeadline(limitMs, (deadline) =>
      underEither([request.signal, deadline.signal], (signal) =>
        ask({ ...request, signal }, deadline),
      ),
    );

  const poll = async (request: PollRequest, limitMs: number): Promise<Polled> => {
    const { etag } = request;
    const answered = await askInTime(request, limitMs);
    if (answered.status !== IM_USED || etag === undefined || readBase === undefined)
      return readAnswer(answered, etag);
    try {
      const bundle = await readDeltaAnswer(answered, etag, readBase);
      return { kind: 'bundle', bundle, form: 'delta', ...originOf(answered.headers) };
    } catch (doubt) {
      const whole = await readAnswer(
        await askInTime({ ...request, etag: undefined }, limitMs),
        undefined,
      );
      return whole.kind === 'bundle' ? { ...whole, form: 'doubt', doubt } : whole;
    }
  };

  return {
    poll(request) {
      const limitMs = Math.ceil(request.waitMs + request.waitMs / 16 + limits.marginMs);
      const limit = AbortSignal.timeout(limitMs + limits.bodyMs);
      return underEither([request.signal, limit], (signal) =>
        poll({ ...request, signal }, limitMs),
      );
    },
    close: connection.close,
  };
}
