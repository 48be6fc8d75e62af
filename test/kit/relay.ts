import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A unix socket in front of another one. It counts the lines that are asked, and can do something else with one. */
export interface Relay {
  readonly path: string;
  /** Does this in the place of passing the nth line from now on, and passes nothing more until it is armed anew. */
  arm(nth: number, act: () => void): void;
  /** Passes everything. */
  disarm(): void;
}

export interface RelayOptions {
  readonly path: string;
  readonly to: string;
}

/** Starts one that ends with the test. */
export async function startRelay(t: TestContext, { path, to }: RelayOptions): Promise<Relay> {
  let left = Number.POSITIVE_INFINITY;
  let act: () => void = () => undefined;
  const sockets = new Set<Socket>();

  const join = (client: Socket) => {
    // HAProxy's answers go on when the question has ended.
    const server = connect({ path: to, allowHalfOpen: true });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    const cut = () => [client, server].map((socket) => socket.destroy());
    let pending = '';
    const pass = () => {
      for (let end = pending.indexOf('\n'); end !== -1; end = pending.indexOf('\n')) {
        if (left === 0) return;
        left -= 1;
        if (left === 0) return act();
        server.write(pending.slice(0, end + 1));
        pending = pending.slice(end + 1);
      }
    };
    client.setEncoding('utf8').on('data', (text: string) => {
      pending += text;
      pass();
    });
    client.on('end', () => void (left > 0 && server.end())).on('error', cut);
    server.on('data', (answer) => client.write(answer));
    server.on('end', () => client.end()).on('error', cut);
    client.on('close', cut);
    server.on('close', () => client.end());
  };

  const listener = createServer({ allowHalfOpen: true }, join);
  await new Promise<void>((listening) => void listener.listen(path, listening));
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    path,
    arm(nth, what) {
      left = nth;
      act = what;
    },
    disarm() {
      left = Number.POSITIVE_INFINITY;
    },
  };
}
