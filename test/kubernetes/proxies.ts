import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';

/** A proxy on the way to anywhere; `account` is `user:password`, which it then asks for. */
export interface Proxy {
  readonly port: number;
  /** What it was asked to lead to: `CONNECT host:port`, `GET http://host:port/...`, `SOCKS5 host:port`. */
  readonly asked: readonly string[];
  readonly connections: ReadonlySet<Duplex>;
}

async function open(t: TestContext, server: Server, asked: readonly string[]): Promise<Proxy> {
  const connections = new Set<Duplex>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket)).on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, asked, connections };
}

function join(near: Duplex, far: Duplex): void {
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy()).on('close', () => far.destroy());
  far.on('error', () => near.destroy()).on('close', () => near.destroy());
}

/** An HTTP proxy, over TLS where it is given a key and a certificate. */
export function startHttpProxy(
  t: TestContext,
  options: { readonly account?: string; readonly tls?: { key: string; cert: string } } = {},
): Promise<Proxy> {
  const asked: string[] = [];
  const { account, tls } = options;
  const expected = account && `Basic ${Buffer.from(account).toString('base64')}`;
  const isWelcome = ({ headers }: IncomingMessage) =>
    expected === undefined || headers['proxy-authorization'] === expected;
  const server = tls ? createTlsServer(tls) : createServer();
  server.on('request', (incoming: IncomingMessage, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const onward = request(incoming.url ?? '', { headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
    response.on('close', () => onward.destroy());
  });
  server.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
    asked.push(`CONNECT ${incoming.url}`);
    if (!isWelcome(incoming)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] = (incoming.url ?? '').split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(socket, far);
    });
    far.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  });
  return open(t, server, asked);
}

const NO_ACCOUNT = 0;
const BY_PASSWORD = 2;
const NONE_FITS = 0xff;

/** The next bytes of a socket, as they come: the parts of a SOCKS5 handshake each come as one. */
async function next(socket: Socket): Promise<Buffer> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes;
}

async function isLetIn(socket: Socket, account: string | undefined): Promise<boolean> {
  const method = account === undefined ? NO_ACCOUNT : BY_PASSWORD;
  const offered = (await next(socket)).subarray(2);
  const isOffered = offered.includes(method);
  socket.write(Buffer.from([5, isOffered ? method : NONE_FITS]));
  if (!isOffered || account === undefined) return isOffered;
  const told = await next(socket);
  const user = told.subarray(2, 2 + Number(told[1]));
  const password = told.subarray(3 + user.length);
  const isKnown = account === `${user}:${password}`;
  socket.write(Buffer.from([1, isKnown ? 0 : 1]));
  return isKnown;
}

/** A SOCKS5 proxy (RFC 1928, RFC 1929) that knows CONNECT to IPv4 addresses and names. */
export function startSocksProxy(
  t: TestContext,
  { account }: { readonly account?: string } = {},
): Promise<Proxy> {
  const asked: string[] = [];
  const serve = async (socket: Socket): Promise<void> => {
    if (!(await isLetIn(socket, account))) {
      socket.end();
      return;
    }
    const command = await next(socket);
    const isName = command[3] === 3;
    const host = isName ? command.subarray(5, -2).toString() : command.subarray(4, 8).join('.');
    const port = command.readUInt16BE(command.length - 2);
    asked.push(`SOCKS5 ${host}:${port}`);
    const far = connect(port, host, () => {
      socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
      join(socket, far);
    });
    far.on('error', () => socket.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
  };
  const server = createTcpServer((socket) => {
    serve(socket).catch(() => socket.destroy());
  });
  return open(t, server, asked);
}
