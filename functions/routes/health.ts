import type { HttpFunction, Reply } from '../http/exchange.ts';
import type { Lifecycle } from '../http/lifecycle.ts';
import { notReadyReply } from '../http/not-ready.ts';
import { problemReply } from '../http/problem.ts';
import type { Publisher } from '../publish/publication.ts';

const good = (body: string): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  body,
});

/** `GET /healthz`: the process answers. Never more: a restart cures nothing that is wrong elsewhere. */
export const health: HttpFunction = () => good('alive\n');

/** `GET /readyz`: there is a bundle to serve, and the service is not about to end. */
export function createReadiness(publisher: Publisher, lifecycle: Lifecycle): HttpFunction {
  return () => {
    if (lifecycle.isStopping)
      return problemReply({ code: 'stopping', detail: 'the service is shutting down' });
    const { isReady, notReady } = publisher.status();
    return isReady ? good('ready\n') : notReadyReply(notReady);
  };
}
