import { type Address, parseAddress } from '../config/address.ts';
import type { Server } from '../config/proxy.ts';
import { optionsKey, type ServerOptions } from '../../functions/wire/server-option.ts';
import type { ServerTarget } from '../operation.ts';
import { needReload } from './needs-reload.ts';

/** A server whose line is understood as a whole. */
export interface KnownServer {
  readonly options: ServerOptions;
  readonly address: Address;
  readonly target: ServerTarget;
}

/** What can be written into a command as it is. */
const PLAIN_NAME = /^[A-Za-z0-9_.:-]+$/;
/** Options after which a server cannot be deleted, or sets its own state. */
const FIXED = ['agent-check', 'resolvers', 'track'];

export function isPlainName(name: string): boolean {
  return PLAIN_NAME.test(name);
}

const isSameRun = (a: readonly string[], b: readonly string[]) =>
  a === b || (a.length === b.length && a.every((word, i) => word === b[i]));

export function isSameServer(a: Server, b: Server): boolean {
  if (a.address !== b.address || a.opaque !== b.opaque) return false;
  if (isSameRun(a.run, b.run)) return true;
  if (a.opaque || a.options.kind !== 'options' || b.options.kind !== 'options') return false;
  return a.options === b.options || optionsKey(a.options.options) === optionsKey(b.options.options);
}

/** Whether it takes requests as it is written: neither in maintenance nor without any weight. */
export function isServing({ options }: Pick<Server, 'options'>): boolean {
  if (options.kind !== 'options') return true;
  return !options.options.has('disabled') && Number(options.options.get('weight')?.[0] ?? 1) !== 0;
}

/**
 * The ids that a fresh start gives: the written ones, and to the others the smallest free one, in order.
 * Source: HAProxy configuration manual, 5.2 `id`.
 */
export function freshIds(servers: readonly Server[]): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const taken = new Set<number>();
  for (const { name, options } of servers) {
    const written = options.kind === 'options' ? Number(options.options.get('id')?.[0] ?? 0) : 0;
    if (written !== 0) taken.add(written);
    ids.set(name, written);
  }
  let next = 1;
  for (const { name } of servers) {
    if (ids.get(name) !== 0) continue;
    while (taken.has(next)) next += 1;
    taken.add(next);
    ids.set(name, next);
  }
  return ids;
}

/** Where a server is. */
export interface Standing {
  readonly backend: string;
  /** That it must have; 0 where ids decide nothing. */
  readonly id: number;
  /** The number of its line, for whoever is to look at it. */
  readonly line: () => number;
}

/**
 * Understands a server for sure.
 *
 * @throws NeedsReload with what is not understood of it
 */
export function understandServer(server: Server, { backend, id, line }: Standing): KnownServer {
  const { name, address: written } = server;
  const refuse = (what: string) => needReload(`server ${backend}/${name} (line ${line()})${what}`);
  if (!isPlainName(name)) return refuse(': its name cannot be written on the CLI');
  if (server.opaque) return refuse(' depends on the environment or on odd quoting');
  if (server.options.kind === 'unknown')
    return refuse(`: ${server.options.word} is not understood`);
  const result = parseAddress(written);
  if (result.kind === 'other') return refuse(': its address is not a literal IP with a port');
  const { options } = server.options;
  const fixed = FIXED.find((option) => options.has(option));
  if (fixed !== undefined) return refuse(` has ${fixed}`);
  const { address } = result;
  const target: ServerTarget = {
    backend,
    name,
    address: address.ip,
    port: address.port,
    weight: Number(options.get('weight')?.[0] ?? 1),
    disabled: options.has('disabled'),
    id,
  };
  return { options, address, target };
}
