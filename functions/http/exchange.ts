/** What a function knows of a request. */
export interface Facts {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  /** The query string as it was sent, without its question mark. */
  readonly search: string;
  /** Names in lower case; a header that was sent more than once is joined by `, `, or its first one counts. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Empty where the route takes no body. */
  readonly body: Uint8Array;
  /** The address that the request comes from. */
  readonly peer: string;
  /** Until when its client is known to be let in, in milliseconds since the epoch; absent: for as long as it takes. */
  readonly admittedUntil?: number | undefined;
  /** The names that its client proves that it has, its own first; absent or empty where it proves none. */
  readonly proven?: readonly string[] | undefined;
  /** A signal that is aborted when the client goes away. */
  gone(): AbortSignal;
}

/** What a function answers. The server adds the length, and leaves the body out for HEAD. */
export interface Reply {
  readonly status: number;
  /** Names as sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** An answer that is yet to come, to the `Later` that the function was given. */
export interface Held {
  readonly kind: 'held';
  /** The client has gone away: there will be no answer. */
  cancel(): void;
}

/** A body that comes for as long as its request lasts; the answer has begun before, and ends with it. */
export interface Streamed {
  readonly kind: 'streamed';
  /** For how long it may last, in milliseconds. */
  readonly lifeMs: number;
  take(bytes: Uint8Array): void;
  /** It has ended, whoever ended it. */
  end(): void;
}

/** Called once, with the answer to what was held. */
export type Later = (reply: Reply | Promise<Reply>) => void;

/** One function of the service: from a request's facts to its answer, without touching a socket. */
export type HttpFunction = (facts: Facts, later: Later) => Reply | Promise<Reply> | Held | Streamed;

/** A reply with JSON for a body, indented for people with `curl`. */
export function jsonReply(value: unknown, status = 200): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
    body: `${JSON.stringify(value, null, 2)}\n`,
  };
}
