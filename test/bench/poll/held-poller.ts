import type { Socket } from 'node:net';

/** What one connection of a poller does: asks, waits for the answer's last byte, and asks again by its hash. */
export interface HeldPoller {
  /** Sends the next question. */
  ask(): void;
}

export interface HeldPollerOptions {
  readonly socket: Socket;
  readonly name: string;
  /** Whether it asks for what is new alone. */
  readonly takesDeltas: boolean;
  /** Lines of the next question's head besides, each with its end. */
  readonly more?: () => string;
  /** For how many seconds the next question waits; 300 unless given. */
  readonly waitS?: () => number;
  /** A whole answer has come. */
  readonly onAnswer: (answer: Answer) => void;
}

/** What came, with the bytes of its head and body. */
export interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly head: string;
  readonly bytes: number;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Polls over a socket, with as little work as it can do: what is measured is the other side. */
export function createHeldPoller(options: HeldPollerOptions): HeldPoller {
  const { socket, name, takesDeltas, more, waitS, onAnswer } = options;
  const forms = takesDeltas ? 'A-IM: bundle-lines, gzip\r\n' : '';
  let etag = '';
  let head: Buffer | undefined;
  let text = '';
  let missing = -1;
  let status = 0;
  let bytes = 0;

  function ask(): void {
    const known =
      etag === '' ? '' : `If-None-Match: ${etag}\r\nX-Running-Hash: ${etag.slice(1, -1)}\r\n`;
    socket.write(
      `GET /bundle?ssldir=/etc/haproxy/ssl&filesdir=/etc/haproxy/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nPrefer: wait=${waitS?.() ?? 300}\r\nX-Proxy-Name: ${name}\r\n${forms}${known}${more?.() ?? ''}\r\n`,
    );
  }

  function readHead(): void {
    status = Number(text.slice(9, 12));
    etag = /\r\netag: ("[^"]+")/i.exec(text)?.[1] ?? etag;
    missing = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  }

  socket.on('data', (chunk: Buffer) => {
    let length = chunk.byteLength;
    bytes += length;
    if (missing < 0) {
      head = head ? Buffer.concat([head, chunk]) : chunk;
      const end = head.indexOf(END_OF_HEAD);
      if (end < 0) return;
      length = head.byteLength - end - END_OF_HEAD.byteLength;
      text = head.toString('latin1', 0, end + 2);
      readHead();
      head = undefined;
    }
    missing -= length;
    if (missing > 0) return;
    missing = -1;
    onAnswer({ status, etag, head: text, bytes });
    bytes = 0;
    ask();
  });
  return { ask };
}
