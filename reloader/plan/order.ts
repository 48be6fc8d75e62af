import type { Balance } from '../config/balance.ts';
import { hasOption, type ProxySection, type Server, settingOf } from '../config/proxy.ts';
import { freshIds } from './known-server.ts';
import { needReload } from './needs-reload.ts';
import type { ServersChange } from './servers-change.ts';

/** Servers of which the first in HAProxy's list that can serve takes what the others could take as well. */
interface Group {
  /** After "the order of servers decides". */
  readonly why: string;
  readonly names: readonly string[];
}

/** Servers that no other one comes before or after. */
const ALONE = 1;

/** What a server's line says for sure; nothing where it depends on what is not known here. */
const optionsOf = ({ options, opaque }: Server) =>
  opaque || options.kind === 'unknown' ? undefined : options.options;

/** By a key that servers may share; those without one are left out. */
function groupBy(
  servers: readonly Server[],
  why: string,
  keyOf: (server: Server) => string | undefined,
): readonly Group[] {
  const groups = new Map<string, string[]>();
  for (const server of servers) {
    const key = keyOf(server);
    if (key === undefined) continue;
    const names = groups.get(key) ?? [];
    names.push(server.name);
    groups.set(key, names);
  }
  return [...groups.values()].map((names) => ({ why, names }));
}

/** Where HAProxy walks the list of servers to find one. Every server that might be one of a group counts as one. */
function findGroups({ new: proxy }: ServersChange, balance: Balance): readonly Group[] {
  const { servers } = proxy;
  const groups: Group[] = [];
  const add = (why: string, keyOf: (server: Server) => string | undefined) =>
    groups.push(...groupBy(servers, why, keyOf));
  if (balance.byOrder) add(`under ${balance.algorithm}`, () => '');
  if (!hasOption(proxy, 'allbackups'))
    add('among backup servers without option allbackups', (server) =>
      optionsOf(server)?.has('backup') === false ? undefined : '',
    );
  const cookie = settingOf(proxy, 'cookie');
  if (cookie.length > 0)
    add('among servers of one cookie', (server) => optionsOf(server)?.get('cookie')?.[0]);
  return groups;
}

/** What a server is found by where its address is what it is found by. */
function addressKey(server: Server, isByAddress: boolean, isRing: boolean): string | undefined {
  const key = isRing ? optionsOf(server)?.get('hash-key')?.[0] : undefined;
  if (key === 'addr') return server.address.replace(/:\d+$/, '');
  return isByAddress || key === 'addr-port' ? server.address : undefined;
}

/**
 * Where servers are found by their addresses, two at one address are told apart by which came there first, or by their
 * order in a list that means nothing before: no plan can judgeProposal it.
 */
function requireApart({ old, new: now, mentions }: ServersChange, { isRing }: Balance): void {
  const isByAddress =
    mentions.sticksByAddress(now.section.name) ||
    settingOf(now, 'cookie').includes('dynamic') ||
    settingOf(now, 'persist').length > 0;
  for (const { section, servers } of [old, now]) {
    const keys = servers.flatMap((server) => addressKey(server, isByAddress, isRing) ?? []);
    if (new Set(keys).size < keys.length)
      needReload(
        `backend ${section.name}: two servers are at one address, by which they are found`,
      );
  }
}

/** The order in which HAProxy has the servers of a proxy: one that is added at runtime is always the last. */
function runtimeOrder(old: ProxySection, now: ProxySection, appended: readonly string[]) {
  const kept = new Set(now.servers.map(({ name }) => name));
  for (const name of appended) kept.delete(name);
  return [...old.servers.flatMap(({ name }) => (kept.has(name) ? [name] : [])), ...appended];
}

/** For each appended server, those that must stand before it. */
export type Predecessors = ReadonlyMap<string, readonly string[]>;

/**
 * Where the order of servers decides which of them serves a request, it must come out as a fresh start would have it.
 *
 * @param appended the names of servers that are added, or taken away and added again, in the order in which they are
 * @throws NeedsReload where it does not
 */
export function requireOrder(
  change: ServersChange,
  balance: Balance,
  appended: readonly string[],
): Predecessors {
  const { name } = change.new.section;
  requireApart(change, balance);
  const groups = findGroups(change, balance);
  const [first] = groups;
  if (first !== undefined && change.new.templates.length > 0)
    needReload(`backend ${name}: the order of servers decides ${first.why}, and it has a template`);
  const runtime = runtimeOrder(change.old, change.new, appended);
  const before = new Map<string, readonly string[]>();
  for (const { why, names } of groups.filter((group) => group.names.length > ALONE)) {
    const members = new Set(names);
    const order = runtime.filter((each) => members.has(each));
    if (order.some((each, i) => each !== names[i]))
      needReload(`backend ${name}: the order of servers decides ${why}`);
    names.forEach((each, i) => {
      if (i > 0) before.set(each, [...(before.get(each) ?? []), names[i - 1] as string]);
    });
  }
  return before;
}

/** Whether ids decide which server serves a request. */
export function isPlacedById(change: ServersChange, balance: Balance): boolean {
  if (change.mentions.readsIds(change.new.section.name)) return true;
  if (!balance.byId) return false;
  if (balance.algorithm === 'first') return true;
  return [...change.old.servers, ...change.new.servers].some(
    (server) => !(optionsOf(server)?.get('hash-key')?.[0] ?? 'id').startsWith('addr'),
  );
}

/** Where ids decide, the servers that stay must keep theirs. */
export function requireIds({ old, new: now }: ServersChange): void {
  const { name } = now.section;
  if (now.templates.length > 0)
    needReload(`backend ${name}: ids decide, and those of a server-template are not counted here`);
  const [before, after] = [freshIds(old.servers), freshIds(now.servers)];
  const moved = now.servers.find(
    (server) => before.has(server.name) && before.get(server.name) !== after.get(server.name),
  );
  if (moved !== undefined)
    needReload(
      `backend ${name}: server ${moved.name} gets another id; write id N on every server line, or hash-key addr-port`,
    );
}
