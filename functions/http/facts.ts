import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission } from './gate.ts';
import type { Facts } from './exchange.ts';

export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: string;
  readonly admission?: Admission;
  readonly body?: Uint8Array;
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

/** What a request says of itself; what few functions look at is made when they do. */
export function readFacts(asked: Asked): Facts {
  const { request, response, path, search, admission, body = NO_BODY } = asked;
  let gone: AbortController | undefined;
  return {
    method: request.method ?? 'GET',
    path,
    search,
    get query() {
      return new URLSearchParams(search);
    },
    headers: request.headers as Facts['headers'],
    body,
    peer: request.socket.remoteAddress ?? '',
    ...(admission?.until !== undefined && { admittedUntil: admission.until }),
    get signal() {
      if (gone) return gone.signal;
      const controller = new AbortController();
      gone = controller;
      if (response.destroyed) controller.abort();
      else response.on('close', () => controller.abort());
      return controller.signal;
    },
  };
}
