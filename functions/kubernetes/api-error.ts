/** What can go wrong between here and the API server; stable, since `/status`, metrics and logs show it. */
export type ApiErrorCode =
  | 'kubernetes-unreachable'
  | 'kubernetes-tls'
  | 'kubernetes-timeout'
  | 'kubernetes-cut'
  | 'kubernetes-unauthorized'
  | 'kubernetes-forbidden'
  | 'kubernetes-missing'
  | 'kubernetes-conflict'
  | 'kubernetes-gone'
  | 'kubernetes-rewound'
  | 'kubernetes-busy'
  | 'kubernetes-invalid'
  | 'kubernetes-server'
  | 'kubernetes-garbage'
  | 'kubernetes-credentials';

/** What to do about each. */
export const API_ERROR_HINTS: Readonly<Record<ApiErrorCode, string>> = {
  'kubernetes-unreachable':
    'Check that the API server runs, that its address is right, and that a NetworkPolicy lets this pod reach it.',
  'kubernetes-tls':
    'Check that the CA in use is that of the API server, and that the address is among the names of its certificate.',
  'kubernetes-timeout': 'The API server or the way to it is overloaded or cut; it is tried again.',
  'kubernetes-cut': 'The connection broke off; it is tried again.',
  'kubernetes-unauthorized':
    'The API server does not accept the credentials: check the service account, the kubeconfig, the expiry of the token.',
  'kubernetes-forbidden': 'Grant it with a Role, and a RoleBinding to the account of this service.',
  'kubernetes-missing': 'Check the name and the namespace.',
  'kubernetes-conflict': 'Somebody else changed it meanwhile; it is read and tried again.',
  'kubernetes-gone': 'The history was compacted; everything is listed again.',
  'kubernetes-rewound':
    'Versions went back, as after an etcd restore; everything is listed again, and proxies drop their guard after two minutes.',
  'kubernetes-busy':
    'The API server sheds load; it is tried again after the time that it asked for.',
  'kubernetes-invalid':
    'The API server does not understand the request: its version may be too old.',
  'kubernetes-server': 'The API server or its etcd is failing; see its log. It is tried again.',
  'kubernetes-garbage':
    'What answers is not an API server, or a proxy on the way changes the answers; everything is listed again.',
  'kubernetes-credentials': 'Check the files, or the command, that the credentials are read from.',
};

/** A failure of a request to the API server. `message` never holds a token or a key. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly hint: string;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number;
  /** Of an answer that is no success. */
  readonly status: number | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    options: ErrorOptions & {
      readonly retryAfterMs?: number;
      readonly status?: number;
      readonly hint?: string;
    } = {},
  ) {
    super(message, options);
    this.code = code;
    this.hint = options.hint ?? API_ERROR_HINTS[code];
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.status = options.status;
  }
}

const BY_STATUS: Readonly<Record<number, ApiErrorCode>> = {
  400: 'kubernetes-invalid',
  401: 'kubernetes-unauthorized',
  403: 'kubernetes-forbidden',
  404: 'kubernetes-missing',
  409: 'kubernetes-conflict',
  410: 'kubernetes-gone',
  422: 'kubernetes-invalid',
  429: 'kubernetes-busy',
  503: 'kubernetes-busy',
};

/** The longest wait that a server may ask for, in milliseconds: beyond it a wrong header would be an outage. */
const LONGEST_WAIT_MS = 60_000;

const messageOf = (text: string): string => {
  try {
    const { message } = JSON.parse(text) ?? {};
    return typeof message === 'string' && message !== '' ? message : text;
  } catch {
    return text;
  }
};

/**
 * The error of an answer that is no success.
 *
 * @param answer `text` is the body, a Status object of the API as a rule; `retryAfter` the header, in seconds
 */
export function errorOfStatus(answer: {
  readonly status: number;
  readonly text: string;
  readonly retryAfter?: string | undefined;
}): ApiError {
  const { status, text, retryAfter } = answer;
  const code = BY_STATUS[status] ?? (status >= 500 ? 'kubernetes-server' : 'kubernetes-invalid');
  const seconds = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return new ApiError(code, `the API server answers ${status}: ${messageOf(text).slice(0, 500)}`, {
    status,
    retryAfterMs: Math.min(seconds * 1000, LONGEST_WAIT_MS),
  });
}

const TIMEOUTS = /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/;
const CUTS = /^(UND_ERR_SOCKET|ECONNRESET|EPIPE|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/;
const TLS =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UND_ERR_PRX_TLS$|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/;

/** By their messages, as undici gives them no codes of their own. */
const OF_A_PROXY = /^Proxy response|SOCKS5/;
const PROXY_HINT =
  'Check the proxy-url of the kubeconfig, its account, and that the proxy may connect to the API server.';

/** The error of a request that got no answer, or only a part of one. */
export function errorOfTransport(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { code: given = '', message = String(error) } = (error ?? {}) as {
    code?: string;
    message?: string;
  };
  const kind = (): ApiErrorCode => {
    if (TIMEOUTS.test(given)) return 'kubernetes-timeout';
    if (CUTS.test(given)) return 'kubernetes-cut';
    if (TLS.test(given)) return 'kubernetes-tls';
    return given.startsWith('HPE_') ? 'kubernetes-garbage' : 'kubernetes-unreachable';
  };
  return new ApiError(kind(), `the API server cannot be read: ${message}`, {
    cause: error,
    ...(OF_A_PROXY.test(message) ? { hint: PROXY_HINT } : {}),
  });
}

/** What a proxy or a load balancer says in the place of a server that it does not reach. */
const FROM_A_PROXY: ReadonlySet<number> = new Set([502, 503, 504]);
const FROM_THE_NETWORK: ReadonlySet<ApiErrorCode> = new Set([
  'kubernetes-unreachable',
  'kubernetes-timeout',
  'kubernetes-cut',
]);

/** Whether a request without an answer tells that the API server itself is away, and not that it refuses. */
export function isAway({ code, status, retryAfterMs }: ApiError): boolean {
  if (status === undefined) return FROM_THE_NETWORK.has(code);
  return FROM_A_PROXY.has(status) && retryAfterMs === 0;
}
