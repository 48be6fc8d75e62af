import { ApiError } from './api-error.ts';

/** What a request proves itself by. CA, certificate and key are PEM; without a CA the system's hold. */
export interface Proof {
  readonly token?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where the API server is, and how to prove who asks. */
export interface Credentials {
  /** For people: where they come from. */
  readonly describes: string;
  readonly server: URL;
  /** The name that the server's certificate must bear, where it is not that of the URL. */
  readonly serverName?: string;
  /** What the way to it leads through: `http:`, `https:` or `socks5:`, with an account where it needs one. */
  readonly proxy?: URL;
  /** @throws ApiError `kubernetes-credentials` where they cannot be had */
  prove(): Promise<Proof>;
  /** The server refused the last proof: the next one is read anew. */
  renew(): void;
}

/** How long a proof is used before it is read again, in milliseconds; tokens in pods are rotated long before they expire. */
const REREAD_MS = 60_000;

export interface CredentialOptions {
  readonly describes: string;
  readonly server: URL;
  readonly serverName?: string | undefined;
  readonly proxy?: URL | undefined;
  /** Reads the proof; `isRefused` tells that the last one was refused. */
  readonly read: (isRefused: boolean) => Promise<Proof>;
  readonly now?: () => number;
}

/** Credentials that are read again every minute and after a refusal; what cannot be read now is used as it was. */
export function rereadCredentials(options: CredentialOptions): Credentials {
  const { describes, server, serverName, proxy, read, now = Date.now } = options;
  let known: Promise<Proof> | undefined;
  let readAt = 0;
  let isRefused = false;

  const readAgain = async (before: Promise<Proof> | undefined): Promise<Proof> => {
    const wasRefused = isRefused;
    isRefused = false;
    try {
      return await read(wasRefused);
    } catch (cause) {
      if (before !== undefined && !wasRefused) return before;
      if (cause instanceof ApiError) throw cause;
      throw new ApiError('kubernetes-credentials', `${describes}: ${(cause as Error).message}`, {
        cause,
      });
    }
  };

  return {
    describes,
    server,
    ...(serverName === undefined ? {} : { serverName }),
    ...(proxy === undefined ? {} : { proxy }),
    prove() {
      if (known === undefined || isRefused || now() - readAt >= REREAD_MS) {
        readAt = now();
        const reading = readAgain(known);
        known = reading;
        reading.catch(() => {
          if (known === reading) known = undefined;
        });
      }
      return known;
    },
    renew() {
      isRefused = true;
    },
  };
}
