import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { HOLDER_HOST } from './fleet.ts';
import { HOLDER, startPath, startPlaces, WAYS, type Way } from './path.ts';
import { alone, type Scope } from './scope.ts';
import type { Section } from './section.ts';

const PODS = 1_000;
const CHANGES = 200;
const CONNECTIONS = 50;
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: bytes\r\nconnection: upgrade\r\n\r\n';

/** A pod that keeps every connection open. */
async function startHolder(scope: Scope, port: number): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', () => socket.write(SWITCHING));
  });
  await once(server.listen(port, HOLDER), 'listening');
  scope.after(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
}

async function connectThrough(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const headers = `host: ${HOLDER_HOST}\r\nconnection: upgrade\r\nupgrade: bytes\r\n`;
  socket.write(`GET / HTTP/1.1\r\n${headers}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString().startsWith('HTTP/1.1 101'))
    throw new Error(`a connection was answered ${answer}`);
  return socket.resume();
}

async function measure(way: Way): Promise<readonly (string | number)[]> {
  return alone(async (scope) => {
    const podPort = await startPlaces(scope);
    await startHolder(scope, podPort);
    const path = await startPath({ scope, source: 'Kubernetes', way, pods: PODS, podPort });
    const before = await path.haproxyMemory();
    const held: Socket[] = [];
    scope.after(async () => {
      for (const socket of held) socket.destroy();
    });
    for (let change = 1; change <= CHANGES; change += 1) {
      // One that begins between two reloads keeps the worker of its time.
      if (change % (CHANGES / CONNECTIONS) === 0) held.push(await connectThrough(path.port));
      await path.change();
    }
    const left = held.filter(({ readable }) => readable).length;
    const { mib, processes } = await path.haproxyMemory();
    const { reloads } = (await path.status()).counts;
    return [way, reloads, before.mib, mib, processes - 1, left];
  });
}

/** What connections that stay cost, with and without reloads. */
export default async function connections(): Promise<Section> {
  const rows: (readonly (string | number)[])[] = [];
  for (const way of WAYS) rows.push(await measure(way));
  return {
    title: 'Memory of HAProxy after many changes with connections that stay',
    note: `${CHANGES} changes at ${PODS.toLocaleString('en')} pods of Kubernetes, while ${CONNECTIONS} long connections are opened one after the other. All processes of HAProxy together.`,
    head: ['way', 'reloads', 'MiB before', 'MiB after', 'workers', 'connections left'],
    rows,
  };
}
