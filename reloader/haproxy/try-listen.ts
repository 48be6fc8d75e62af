import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

export type Tried =
  | { readonly kind: 'free' | 'unknown' }
  | { readonly kind: 'taken'; readonly code: string };

const TCP =
  /^(?:(?:ipv4|ipv6|tcp|tcp4|tcp6)@)?(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Fa-f:.]*)|(\*)):(\d{1,5})(?:-(\d{1,5}))?$/;
const UNIX = /^(?:unix@)?(\/.*)$/;
const MAX_PORTS = 100;

interface Tcp {
  readonly host: string | undefined;
  readonly first: number;
  readonly last: number;
}

function parseTcp(address: string): Tcp | undefined {
  const [, bracketed, plain, , first, last] = TCP.exec(address) ?? [];
  if (first === undefined) return undefined;
  return {
    host: (bracketed ?? plain) || undefined,
    first: Number(first),
    last: Number(last ?? first),
  };
}

function listen(host: string | undefined, port: number): Promise<Tried> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'taken', code: error.code ?? error.message }),
    );
    // HAProxy's `*:80` and `:80` are IPv4.
    server.listen({ host: host ?? '0.0.0.0', port, exclusive: true }, () =>
      server.close(() => resolve({ kind: 'free' })),
    );
  });
}

async function tryTcp({ host, first, last }: Tcp, held: ReadonlySet<number>): Promise<Tried> {
  for (let port = first; port <= Math.min(last, first + MAX_PORTS); port += 1) {
    if (held.has(port)) continue;
    const tried = await listen(host, port);
    if (tried.kind === 'taken') return tried;
  }
  return { kind: 'free' };
}

async function tryUnix(path: string): Promise<Tried> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  return folder?.isDirectory() ? { kind: 'free' } : { kind: 'taken', code: 'ENOENT' };
}

/**
 * Listens for a moment where HAProxy is about to. Ports that HAProxy holds already, on whatever address, are passed
 * over: it shares them with its own successor (SO_REUSEPORT), which a stranger cannot try.
 *
 * @param before what HAProxy listens on now
 * @param kind a neighbour has its own files and its own rights, so that only a taken port tells something there
 */
export async function tryListen(
  address: string,
  before: readonly string[],
  kind: 'child' | 'neighbour',
): Promise<Tried> {
  if (before.includes(address)) return { kind: 'unknown' };
  const unix = UNIX.exec(address)?.[1];
  if (unix !== undefined) return kind === 'child' ? tryUnix(unix) : { kind: 'unknown' };
  const tcp = parseTcp(address);
  if (tcp === undefined) return { kind: 'unknown' };
  const held = new Set<number>();
  for (const other of before.map(parseTcp))
    for (let port = other?.first ?? 1; port <= (other?.last ?? 0); port += 1) held.add(port);
  const tried = await tryTcp(tcp, held);
  const tells = kind === 'child' || (tried.kind === 'taken' && tried.code === 'EADDRINUSE');
  return tells ? tried : { kind: 'unknown' };
}
