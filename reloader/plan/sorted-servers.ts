import type { ProxySection, Server } from '../config/proxy.ts';
import { isSameServer, isServing } from './known-server.ts';
import { needReload } from './needs-reload.ts';

/** What becomes of one proxy's servers. */
export interface SortedServers {
  readonly removed: readonly Server[];
  readonly added: readonly Server[];
  /** In both, with something different. */
  readonly changed: readonly (readonly [old: Server, now: Server])[];
  /** How many stay as they are, and serve. */
  readonly untouched: number;
  /** How many serve before and after, changed or not. */
  readonly stays: number;
}

function byName(proxy: ProxySection): ReadonlyMap<string, Server> {
  const servers = new Map(proxy.servers.map((server) => [server.name, server]));
  if (servers.size < proxy.servers.length)
    needReload(`backend ${proxy.section.name} names a server twice`);
  return servers;
}

/** @throws NeedsReload where a name is not one server's */
export function sortServers(before: ProxySection, after: ProxySection): SortedServers {
  const [old, now] = [byName(before), byName(after)];
  const removed = [...old.values()].filter(({ name }) => !now.has(name));
  const added = [...now.values()].filter(({ name }) => !old.has(name));
  const both = [...now.values()].flatMap((server) => {
    const other = old.get(server.name);
    return other === undefined ? [] : [[other, server] as const];
  });
  const changed = both.filter(([a, b]) => !isSameServer(a, b));
  const serving = both.filter((pair) => pair.every(isServing));
  const untouched = serving.filter(([a, b]) => isSameServer(a, b)).length;
  return { removed, added, changed, untouched, stays: serving.length };
}
