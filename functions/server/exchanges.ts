import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { readCertificate } from '../access/certificate.ts';
import { prefersHtml } from '../http/accept.ts';
import type { Held, HttpFunction, Reply } from '../http/exchange.ts';
import { type Found, readFacts } from '../http/facts.ts';
import type { Admission, Gate } from '../http/gate.ts';
import type { Lifecycle } from '../http/lifecycle.ts';
import { createNextRequests } from '../http/next-requests.ts';
import { Problem, type ProblemCode, problemReply } from '../http/problem.ts';
import { send } from '../http/send.ts';
import { receive } from './receive.ts';
import { pageReply } from '../page/reply.ts';
import type { Log } from '../wire/log.ts';
import type { FindStranger } from '../wire/own-hosts.ts';
import type { ProblemDetails } from '../wire/problem.ts';

/** One row of the route table: which function answers which path. */
export interface Route {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** The function's name in metrics and logs. */
  readonly name: string;
  /** Whether anybody may ask, whatever the gate says. */
  readonly isOpen?: boolean;
  /** Whether thousands may wait here for an answer at once. */
  readonly isHeld?: boolean;
  /** Whether its body comes for as long as the request lasts. */
  readonly isStreamed?: boolean;
  /** Whoever may ask this may ask here. */
  readonly admittedAs?: { readonly method: string; readonly path: string };
  /** Whether the path may have one more part, a secret that says who asks: it is shown to nobody else. */
  readonly takesSecret?: boolean;
  /** Bytes that a body may have, uncompressed; else what holds for all routes. */
  readonly maxBody?: number;
  readonly answer: HttpFunction;
}

export const get = (path: string, name: string, answer: HttpFunction): Route => ({
  path,
  method: 'GET',
  name,
  answer,
});

export interface Answered {
  readonly name: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
  readonly peer: string;
}

export interface ExchangeOptions {
  readonly gate: Gate;
  readonly lifecycle: Lifecycle;
  /** Milliseconds after which a client that takes no byte of its answer is cut off. */
  readonly stallMs: number;
  /** Where nobody has to prove who he is: says which requests are not for this service. */
  readonly findStranger?: FindStranger;
  /** Tells what went wrong to people; absent: they are told like programs. */
  readonly writeProblem?: (details: ProblemDetails) => string;
  readonly log: Log;
  readonly onAnswered?: (answered: Answered) => void;
}

/** A request under way. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: string;
  readonly secret?: string;
  /** On the clock of `performance.now()`. */
  readonly began: number;
  /** The name of the function that answers it. */
  readonly name: string;
  /** Its body may take as long as it does. */
  mayLast(): void;
}

/** What requests pass through, whichever way they come to their function. */
export interface Exchanges {
  /** @throws Problem where the request is not for this service */
  turnAway(exchange: Exchange): void;
  /** @throws Problem of the gate */
  admit(exchange: Exchange, as?: Route['admittedAs']): Admission | Promise<Admission>;
  /** Lets the function of this route answer whom the gate admits. */
  serve(exchange: Exchange, route: Route): void;
  /** Lets the function of this route answer. */
  answer(exchange: Exchange, route: Route, found: Found): void;
  fail(exchange: Exchange, error: unknown): void;
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
  log.error('request failed', { error });
  return problemReply({ code: 'internal-error', detail: 'the service met an error of its own' });
}

/** Of routes that anybody may ask. */
const NOBODY: Admission = { name: '' };

/** Exchanges by these rules. */
export function createExchanges(options: ExchangeOptions): Exchanges {
  const { gate, lifecycle, stallMs, findStranger, writeProblem, log, onAnswered } = options;
  const nextRequests = createNextRequests();

  function noteAnswered({ request, began, name }: Exchange, status: number): void {
    onAnswered?.({
      name,
      method: request.method ?? '',
      status,
      seconds: (performance.now() - began) / 1000,
      peer: request.socket.remoteAddress ?? '',
    });
  }

  function finish(exchange: Exchange, reply: Reply, isEndedLater = false): void {
    send(exchange.response, reply, { isLast: lifecycle.isStopping, stallMs, isEndedLater });
    noteAnswered(exchange, reply.status);
  }

  /** Browsers get a page, and all others a problem as JSON. */
  function tell({ request }: Exchange, error: unknown): Reply {
    const reply = explain(error, log);
    if (!writeProblem || !(error instanceof Problem) || !prefersHtml(request.headers.accept))
      return reply;
    const { 'Content-Type': _, ...headers } = reply.headers;
    return pageReply(writeProblem(error.details), { status: reply.status, headers });
  }

  function fail(exchange: Exchange, error: unknown): void {
    // What fails because the client has gone interests nobody.
    if (!exchange.response.destroyed) finish(exchange, tell(exchange, error));
  }

  /** Thousands may have waited for the same: what is to do beside giving it to this one is left for later. */
  function finishHeld(exchange: Exchange, reply: Reply): void {
    finish(exchange, reply, !lifecycle.isStopping);
    if (!lifecycle.isStopping) nextRequests.putOff(exchange.response);
  }

  function settle(
    exchange: Exchange,
    reply: Reply | Promise<Reply>,
    give: (exchange: Exchange, reply: Reply) => void,
  ): void {
    if (!(reply instanceof Promise)) give(exchange, reply);
    else
      reply.then(
        (made) => give(exchange, made),
        (error) => fail(exchange, error),
      );
  }

  function turnAway({ request, path }: Exchange): void {
    const stranger = findStranger?.(request);
    if (!stranger) return;
    const { method, socket } = request;
    const peer = socket.remoteAddress;
    log.warn('request refused', { peer, method, path, reason: stranger.code });
    throw new Problem(stranger);
  }

  function admit(
    { request, path, secret }: Exchange,
    as: Route['admittedAs'] = { method: request.method ?? '', path },
  ): Admission | Promise<Admission> {
    const { socket, headers } = request;
    const { authorization } = headers;
    const certificate = socket instanceof TLSSocket ? readCertificate(socket) : undefined;
    return gate({
      ...as,
      peer: socket.remoteAddress ?? '',
      ...(authorization !== undefined && { authorization }),
      ...(certificate && { certificate }),
      ...(secret !== undefined && { secret }),
    });
  }

  function answer(exchange: Exchange, route: Route, found: Found): void {
    let held: Held | undefined;
    try {
      const outcome = route.answer(readFacts(exchange, found), (reply) => {
        held = undefined;
        settle(exchange, reply, finishHeld);
      });
      if (!('kind' in outcome)) settle(exchange, outcome, finish);
      else if (outcome.kind === 'streamed')
        receive(exchange, outcome, { lifecycle, onEnded: () => noteAnswered(exchange, 200) });
      else {
        held = outcome;
        exchange.response.on('close', () => held?.cancel());
      }
    } catch (error) {
      fail(exchange, error);
    }
  }

  function serve(exchange: Exchange, route: Route): void {
    const admitted = route.isOpen ? NOBODY : admit(exchange, route.admittedAs);
    if (!(admitted instanceof Promise)) answer(exchange, route, { admission: admitted });
    else
      admitted.then(
        (admission) => answer(exchange, route, { admission }),
        (error) => fail(exchange, error),
      );
  }

  return { turnAway, admit, serve, answer, fail };
}
