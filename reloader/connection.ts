import { readFile } from 'node:fs/promises';
import Client from 'undici/lib/dispatcher/client.js';

export interface ConnectionOptions {
  readonly renderer: URL;
  /** Read again before each request: certificates are renewed in place. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** The connection to the renderer, made anew when its certificates change. */
export interface Connection {
  open(): Promise<InstanceType<typeof Client>>;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;

/** What is in a file, where one is named. */
export const readOptional = async (file: string | undefined): Promise<string | undefined> =>
  file === undefined ? undefined : readFile(file, 'utf8');

export function createConnection(options: ConnectionOptions): Connection {
  const { renderer, caFile, certFile, keyFile } = options;
  let client: InstanceType<typeof Client> | undefined;
  let made = '';
  return {
    async open() {
      const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readOptional));
      const stamp = JSON.stringify([ca, cert, key]);
      if (client !== undefined && stamp === made && !client.destroyed) return client;
      await client?.destroy();
      made = stamp;
      client = new Client(renderer.origin, {
        connect: {
          timeout: CONNECT_MS,
          keepAlive: true,
          keepAliveInitialDelay: 15_000,
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
        },
      });
      return client;
    },
    async close() {
      await client?.destroy();
    },
  };
}
