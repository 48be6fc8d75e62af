import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission } from './gate.ts';
import type { Facts } from './exchange.ts';

export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: string;
}

const NO_BODY = new Uint8Array();

/** Path and query string of a request's target, which may be a whole URL (RFC 9112, section 3.2.2). */
export function splitTarget(url = '/'): { readonly path: string; readonly search: string } {
  const target = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, search: '' }
    : { path: target.slice(0, mark), search: target.slice(mark + 1) };
}

function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  else response.on('close', () => gone.abort());
  return gone.signal;
}

/** What has been found out of a request before it is answered. */
export interface Found {
  readonly admission?: Admission;
  readonly body?: Uint8Array;
}

/** What a request says of itself. */
export function readFacts(asked: Asked, { admission, body = NO_BODY }: Found): Facts {
  const { request, response, path, search } = asked;
  return {
    method: request.method ?? 'GET',
    path,
    search,
    headers: request.headers as Facts['headers'],
    body,
    peer: request.socket.remoteAddress ?? '',
    admittedUntil: admission?.until,
    proven: admission?.proven,
    gone: () => signalOf(response),
  };
}
