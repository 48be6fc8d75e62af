import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Streamed } from '../http/exchange.ts';
import type { Lifecycle } from '../http/lifecycle.ts';

interface Receiving {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The body may take as long as it does. */
  mayLast(): void;
}

/**
 * Takes a body as it comes. The client has its answer before: that the body is taken. The answer ends when the body does,
 * or as a sign to the client that nothing more is taken here.
 */
export function receive(
  { request, response, mayLast }: Receiving,
  { lifeMs, take, end }: Streamed,
  { lifecycle, onEnded }: { readonly lifecycle: Lifecycle; readonly onEnded: () => void },
): void {
  mayLast();
  const finish = () => response.end();
  const timer = setTimeout(finish, lifeMs);
  const forget = lifecycle.onStop(finish);
  // What comes after the end is not another request.
  response.writeHead(200, { 'Cache-Control': 'no-store', Connection: 'close' }).flushHeaders();
  request.on('data', take).on('end', finish);
  response.on('close', () => {
    clearTimeout(timer);
    forget();
    end();
    onEnded();
  });
  if (lifecycle.isStopping) finish();
}
