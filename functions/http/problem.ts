import { STRANGERS } from '../wire/own-hosts.ts';
import { formatProblem, PROBLEM_TYPE, type ProblemDetails } from '../wire/problem.ts';
import type { Reply } from './exchange.ts';

interface Kind {
  readonly status: number;
  readonly title: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Every problem that this service answers with, by its stable code. docs/http.md lists the same ones: a test compares. */
export const PROBLEMS = {
  'malformed-request': {
    status: 400,
    title: 'The request is not HTTP',
    hint: 'Speak HTTP/1.1, and TLS only where the service has a certificate.',
  },
  'unknown-parameter': {
    status: 400,
    title: 'The query has a parameter that is not allowed',
    hint: 'Leave it out, or allow it by the setting PARAMS.',
  },
  'bad-parameter': {
    status: 400,
    title: 'A query parameter has a value that cannot be used',
    hint: 'Correct the value; docs/http.md has the form of each.',
  },
  'bad-if-none-match': {
    status: 400,
    title: 'The header If-None-Match is malformed',
    hint: 'Send the ETag as it was received, in its double quotes: If-None-Match: "sha256:...".',
  },
  'bad-position': {
    status: 400,
    title: 'The header X-Config-As-Of is malformed',
    hint: 'Echo the value of the last answer, or leave the header out.',
  },
  'bad-body': {
    status: 400,
    title: 'The body of the request cannot be read',
    hint: 'Send the whole body, as UTF-8, with its true Content-Length.',
  },
  'unnamed-proxy': {
    status: 400,
    title: 'The proxy does not say who it is',
    hint: 'Send the header X-Proxy-Name, as with polls.',
  },
  unauthenticated: {
    status: 401,
    title: 'The client did not prove who it is',
    hint: 'Send the credentials that the setting AUTH asks for.',
  },
  forbidden: {
    status: 403,
    title: 'The client is known, and may not do this',
    hint: 'Grant it what the detail names.',
  },
  'foreign-name': {
    status: 403,
    title: 'The proxy goes by a name that is not its own',
    hint: 'Leave the setting NAME of the reloader at its default, or give it the name of its pod.',
  },
  'foreign-origin': STRANGERS['foreign-origin'],
  'not-found': {
    status: 404,
    title: 'There is nothing at this path',
    hint: 'Try /, /haproxy.cfg, /bundle, /explain, /history, /diff, /snapshot, /render, /admission, /status, /healthz, /readyz or /metrics.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not take this method',
    hint: 'Use a method of the header Allow.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    hint: 'Send headers and body without pause.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body of the request is too large',
    hint: 'Send a smaller snapshot, or raise the setting MAX_BODY.',
  },
  'unsupported-encoding': {
    status: 415,
    title: 'The body has a coding or a character set that is not supported',
    hint: 'Send plain UTF-8, or gzip with Content-Encoding: gzip.',
  },
  'misdirected-request': STRANGERS['misdirected-request'],
  'render-refused': {
    status: 422,
    title: 'The snapshot does not render',
    hint: 'The member "diagnostics" says what is wrong, and where.',
  },
  'too-many-variants': {
    status: 429,
    title: 'Too many different parameters are being polled for',
    hint: 'Let pollers agree on ssldir, filesdir and params, or raise the setting MAX_VARIANTS.',
  },
  'too-many-failures': {
    status: 429,
    title: 'The client failed to prove who it is too often',
    hint: 'Correct its credentials, and wait for as long as Retry-After says.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers of the request are too large',
    hint: 'Send fewer or shorter headers.',
  },
  'internal-error': {
    status: 500,
    title: 'The service failed',
    hint: 'The log of the service has the cause: please report it.',
  },
  'not-ready': {
    status: 503,
    title: 'There is nothing to serve yet',
    hint: 'The member "reason" says what is missing.',
  },
  behind: {
    status: 503,
    title: 'This replica has not yet seen what the client has',
    hint: 'Dial again: another replica may have seen it.',
  },
  'too-many-polls': {
    status: 503,
    title: 'As many polls are held as this replica may hold',
    hint: 'Add replicas, or raise the setting MAX_POLLS.',
  },
  'render-busy': {
    status: 503,
    title: 'As many snapshots are being rendered as may be at once',
    hint: 'Try again in a second.',
  },
  'access-unavailable': {
    status: 503,
    title: 'Access cannot be checked right now',
    hint: 'Try again: the service asks the API server.',
  },
  stopping: {
    status: 503,
    title: 'This replica is shutting down',
    hint: 'Dial again: another replica answers.',
  },
} as const satisfies Record<string, Kind>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemOptions {
  readonly code: ProblemCode;
  /** What happened, this time. */
  readonly detail: string;
  /** Instead of the one of the catalogue. */
  readonly hint?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem's JSON. */
  readonly members?: Readonly<Record<string, unknown>>;
}

function detailsOf({ code, detail, ...options }: ProblemOptions): ProblemDetails {
  const { status, title, hint } = PROBLEMS[code];
  return { code, status, title, detail, hint: options.hint ?? hint };
}

/** An answer as a problem of RFC 9457. */
export function problemReply(options: ProblemOptions): Reply {
  const { headers, members } = options;
  const details = detailsOf(options);
  return {
    status: details.status,
    headers: { 'Content-Type': PROBLEM_TYPE, 'Cache-Control': 'no-store', ...headers },
    body: formatProblem({ ...details, ...members }),
  };
}

/** A request that cannot be answered as asked: thrown where it is parsed, told to the client as its `reply`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly reply: Reply;
  readonly details: ProblemDetails;
  constructor(options: ProblemOptions) {
    super(options.detail);
    this.code = options.code;
    this.reply = problemReply(options);
    this.details = detailsOf(options);
  }
}
