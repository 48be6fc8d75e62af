/**
 * The two parts of undici that a reloader needs. The whole of it, with WebSocket, cache and mocks, is more than
 * twice the size of the bundled reloader.
 */
declare module 'undici/lib/dispatcher/client.js' {
  import type { Client } from 'undici';

  const client: typeof Client;
  export default client;
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';

  /** Called on a client: `Client` has this method only where the whole of undici is loaded. */
  export default function request(
    this: Dispatcher,
    options: Dispatcher.RequestOptions,
  ): Promise<Dispatcher.ResponseData>;
}
