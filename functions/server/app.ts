import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { type ArrivalOptions, limitArrival } from './arrival.ts';
import { createExchanges, type Exchange, type ExchangeOptions, type Route } from './exchanges.ts';
import { splitTarget } from '../http/facts.ts';
import { Problem } from '../http/problem.ts';

export interface AppOptions extends ExchangeOptions {
  readonly routes: readonly Route[];
  /** Bytes that a body may have, uncompressed. */
  readonly maxBody: number;
  /** Of all requests but those whose body is meant to last. */
  readonly arrival: ArrivalOptions;
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

interface Target {
  readonly path: string;
  readonly search: string;
  readonly secret?: string;
}

/** Parts a secret from its path, so that neither logs nor functions ever have it. */
function partSecret(target: Target, taking: readonly string[]): Target {
  const base = taking.find((path) => target.path.startsWith(`${path}/`));
  if (base === undefined) return target;
  return { ...target, path: base, secret: target.path.slice(base.length + 1) };
}

/** The HTTP application: a table of routes, each answered by a function that touches no socket. */
export function createApp(options: AppOptions): RequestListener {
  const { routes, maxBody, arrival } = options;
  const { turnAway, admit, serve, answer, fail } = createExchanges(options);
  const names = new Map(routes.map(({ path, name }) => [path, name]));
  const lasting = routes.filter(({ isHeld, isStreamed }) => isHeld || isStreamed);
  const direct = new Map(lasting.map((route) => [route.path, route]));
  const taking = routes.filter(({ takesSecret }) => takesSecret).map(({ path }) => path);
  const underWay = new WeakMap<IncomingMessage, Exchange>();

  function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
    const known = underWay.get(request);
    if (known) return known;
    const target = partSecret(splitTarget(request.url), taking);
    const name = names.get(target.path) ?? 'none';
    const mayLast = limitArrival(request, response, arrival);
    return { request, response, ...target, began: performance.now(), name, mayLast };
  }

  const check: RequestHandler = (request, response, next) => {
    turnAway(exchangeOf(request, response));
    next();
  };
  const enter: RequestHandler = async (request, response, next) => {
    await admit(exchangeOf(request, response));
    next();
  };
  const explain: ErrorRequestHandler = (error, request, response, _next) =>
    fail(exchangeOf(request, response), error);

  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('strict routing').enable('case sensitive routing');
  app.use(check);
  for (const route of routes)
    if (route.method === 'GET')
      app.get(route.path, (request, response) => serve(exchangeOf(request, response), route));
    else if (!route.isStreamed)
      app.post(
        route.takesSecret ? [route.path, `${route.path}/:secret`] : route.path,
        enter,
        express.raw({ type: () => true, limit: route.maxBody ?? maxBody }),
        (request, response) => {
          const { body } = request;
          const read = Buffer.isBuffer(body) ? { body } : {};
          answer(exchangeOf(request, response), route, read);
        },
      );
  for (const path of names.keys())
    app.all(
      path,
      refuseMethod(
        path,
        routes.filter((route) => route.path === path),
      ),
    );
  app.use(refusePath);
  app.use(explain);

  return (request, response) => {
    const exchange = exchangeOf(request, response);
    const route = direct.get(exchange.path);
    const { method } = request;
    // Thousands are held, and come back at once: they need not pass by all of the table, nor keep what that keeps.
    if (route && (method === route.method || (method === 'HEAD' && route.method === 'GET'))) {
      try {
        turnAway(exchange);
        serve(exchange, route);
      } catch (error) {
        fail(exchange, error);
      }
      return;
    }
    underWay.set(request, exchange);
    app(request, response);
  };
}
