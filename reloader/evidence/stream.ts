import { Readable } from 'node:stream';
import request from 'undici/lib/api/api-request.js';
import type { Log } from '../../functions/wire/log.ts';
import { type ConnectionOptions, createConnection, readOptional } from '../connection.ts';

/**
 * A request to the renderer whose body is evidence, a line a window, for as long as that is wanted: a line costs a fraction of
 * what a poll does.
 */
export interface EvidenceStream {
  /** Whether the renderer takes lines. */
  isOpen(): boolean;
  /** From now on: opened, and again where it ends, unless the renderer does not know it. Never throws. */
  open(): void;
  write(line: string): void;
  close(): void;
}

export interface EvidenceStreamOptions extends ConnectionOptions {
  /** As of polls, without where files are. */
  readonly query: Readonly<{ [name: string]: string }>;
  /** This proxy's name, as it polls. */
  readonly name: string;
  /** Read again before each request: tokens are renewed in place. */
  readonly tokenFile?: string | undefined;
  /** It has ended, and was not opened anew: what is counted is to be told otherwise. */
  readonly onLost: () => void;
  readonly log: Log;
  /** In milliseconds, on a clock that does not step. */
  readonly now?: () => number;
}

/** The renderer is to take it within that time. */
const ACCEPT_MS = 10_000;
/** Where it did not, it is asked again after so long: it may be another one by then, or have room. */
const REST_MS = 60_000;
/** What was taken and ends is begun again at once, but not again within so long. */
const PAUSE_MS = 5_000;

/** A request that takes lines, or is to. */
interface Attempt {
  readonly body: Readable;
  isTaken: boolean;
}

/** Over a connection of its own: that of polls is taken by the one that is held. */
export function createEvidenceStream(options: EvidenceStreamOptions): EvidenceStream {
  const { renderer, query, name, tokenFile, onLost, log, now = () => performance.now() } = options;
  const path = `${renderer.pathname.replace(/\/$/, '')}/evidence?${new URLSearchParams(query)}`;
  const connection = createConnection(options);
  let current: Attempt | undefined;
  let notBefore = Number.NEGATIVE_INFINITY;
  let reopenedAt = Number.NEGATIVE_INFINITY;
  /** What was told by a request that has ended is told by none now. */
  let isMissed = false;

  async function send(mine: Attempt): Promise<void> {
    const token = (await readOptional(tokenFile))?.trim();
    const { statusCode, body } = await request.call(await connection.open(), {
      method: 'POST',
      path,
      body: mine.body,
      headersTimeout: ACCEPT_MS,
      bodyTimeout: 0,
      headers: {
        'content-type': 'text/plain; charset=us-ascii',
        'x-proxy-name': name,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
    if (statusCode === 200 && current === mine) {
      mine.isTaken = true;
      isMissed = false;
    }
    // Where it is taken, the answer lasts until the renderer wants no more.
    await body.dump();
    if (statusCode !== 200) throw new Error(`the renderer answers ${statusCode}`);
  }

  function ended(mine: Attempt): void {
    mine.body.destroy();
    if (current !== mine) return;
    current = undefined;
    isMissed ||= mine.isTaken;
    const isReopened = mine.isTaken && now() - reopenedAt >= PAUSE_MS;
    if (isReopened) reopenedAt = now();
    else notBefore = now() + (mine.isTaken ? PAUSE_MS : REST_MS);
    open();
    if (current || !isMissed) return;
    isMissed = false;
    onLost();
  }

  function open(): void {
    if (current || now() < notBefore) return;
    const mine: Attempt = {
      body: new Readable({ read: () => undefined }),
      isTaken: false,
    };
    current = mine;
    // The head of a request goes with the first of its body.
    mine.body.push('\n');
    send(mine)
      .catch((error: unknown) => {
        if (current === mine) log.debug('evidence is not taken as a stream', { error });
      })
      .finally(() => ended(mine));
  }

  return {
    isOpen: () => current?.isTaken === true,
    open,
    write(line) {
      current?.body.push(`${line}\n`);
    },
    close() {
      const mine = current;
      current = undefined;
      isMissed = false;
      mine?.body.destroy();
    },
  };
}
