import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A port that leads to another one, and can be blocked. */
export interface Way {
  readonly port: number;
  /** Cuts all connections, and refuses new ones. */
  block(): void;
  open(): void;
}

/** Opens one that ends with its scope. */
export async function openWay(scope: { after(end: () => void): void }, to: number): Promise<Way> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((client) => {
    if (!isOpen) {
      client.destroy();
      return;
    }
    const onward = connect(to, '127.0.0.1');
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        onward.destroy();
      });
    }
    client.pipe(onward).pipe(client);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.after(() => {
    server.close();
    cut();
  });
  return {
    port: (server.address() as AddressInfo).port,
    block() {
      isOpen = false;
      cut();
    },
    open() {
      isOpen = true;
    },
  };
}
