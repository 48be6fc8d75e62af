import type { LineNumber } from '../config/configuration.ts';
import { type Balance, balanceOf } from '../config/balance.ts';
import { hasOption, type ProxySection, type Server, settingOf } from '../config/proxy.ts';
import { isProxyKeyword } from '../config/proxy-keyword.ts';
import type { Addition, Operation } from '../operation.ts';
import { additionWords } from './addition.ts';
import { planKept } from './kept-server.ts';
import { freshIds, isPlainName, type KnownServer, understandServer } from './known-server.ts';
import { NeedsReload, needReload } from './needs-reload.ts';
import { isPlacedById, requireIds, requireOrder } from './order.ts';
import { ringId } from './ring-id.ts';
import type { ServersChange } from './servers-change.ts';
import { type SortedServers, sortServers } from './sorted-servers.ts';

/** The operations on one proxy's servers, by the time at which they come. */
export interface ServersPlan {
  /** Dead addresses leave: before everything else. */
  readonly first: readonly Operation[];
  /** New servers, and changes. */
  readonly middle: readonly Operation[];
  /** The leave of those that had to wait for the new ones, and what is deleted. */
  readonly last: readonly Operation[];
}

/** Settings that tie servers to what HAProxy sets up only when it starts. */
const BINDING = ['dispatch', 'disabled', 'email-alert', 'external-check', 'use-fcgi-app'];

function requireUsable(proxy: ProxySection, lineNumber: LineNumber): Balance {
  const { name } = proxy.section;
  if (!isPlainName(name)) needReload(`backend ${name}: its name cannot be written on the CLI`);
  for (const section of [proxy.section, ...proxy.defaults])
    for (const line of section.lines) {
      const [keyword = ''] = line.words;
      if (!isProxyKeyword(keyword))
        needReload(
          `line ${lineNumber(section, line)}: ${keyword} is not understood in a ${section.kind} section`,
        );
      if (BINDING.includes(keyword))
        needReload(
          `backend ${name}: ${keyword} (line ${lineNumber(section, line)}) ties its servers to the start`,
        );
    }
  const [mode = 'tcp'] = settingOf(proxy, 'mode');
  if (mode !== 'http' && mode !== 'tcp') needReload(`backend ${name} is in mode ${mode}`);
  const result = balanceOf(proxy);
  if (result.kind === 'unknown')
    needReload(`backend ${name}: balancing by ${result.algorithm} is not understood`);
  return result.balance;
}

const asksForId = ({ options }: Server) => options.kind === 'options' && options.options.has('id');

/** Everything that the steps for single servers need to know of their proxy. */
interface Context {
  readonly change: ServersChange;
  readonly backend: string;
  readonly balance: Balance;
  /** The ids of a fresh start, where ids decide; empty elsewhere. */
  readonly ids: ReadonlyMap<string, number>;
}

function requireFree({ change, backend }: Context, { name }: Server): void {
  if (change.mentions.names(backend, name))
    needReload(`server ${backend}/${name} is named elsewhere in the configuration`);
}

/** @param proxy that has it */
function understand({ change, backend }: Context, proxy: ProxySection, server: Server, id = 0) {
  const line = () => change.lineNumber(proxy.section, server);
  return understandServer(server, { backend, id, line });
}

const understandNew = (context: Context, server: Server) =>
  understand(context, context.change.new, server, context.ids.get(server.name));

function wordsOf({ change, backend, balance }: Context, { name }: Server, known: KnownServer) {
  const { address, options, target } = known;
  const { loaded, capabilities } = change;
  const id = target.id || ringId(name, balance, capabilities);
  return additionWords({ where: `${backend}/${name}`, address, options, id, loaded }, capabilities);
}

function planAddition(context: Context, server: Server): Omit<Addition, 'after'> {
  const { change, backend, balance } = context;
  requireFree(context, server);
  if (!balance.dynamic)
    needReload(`backend ${backend}: balance ${balance.algorithm} takes no servers at runtime`);
  if (settingOf(change.new, 'cookie').includes('dynamic'))
    needReload(`backend ${backend}: dynamic cookies are given when HAProxy starts`);
  const known = understandNew(context, server);
  const { options, target } = known;
  if (options.has('init-state'))
    needReload(`server ${backend}/${server.name}: init-state holds for the start alone`);
  return { target, words: wordsOf(context, server, known), check: options.has('check') };
}

/** What would bring a removed server back as it was; nothing where it cannot be added at runtime. */
function wordsToReturn(context: Context, server: Server): readonly string[] {
  try {
    const { ids, change } = context;
    const id = ids.size === 0 ? 0 : freshIds(change.old.servers).get(server.name);
    return wordsOf(context, server, understand(context, change.old, server, id));
  } catch (error) {
    if (error instanceof NeedsReload) return [];
    throw error;
  }
}

/** How servers of a proxy leave, and then go for good. */
export interface Departure {
  readonly leave: readonly Operation[];
  readonly gone: readonly Operation[];
}

function planLeavers(context: Context, removed: readonly Server[], needed: boolean): Departure {
  const { backend } = context;
  const leave = removed.map((server): Operation => {
    requireFree(context, server);
    understand(context, context.change.old, server);
    return { kind: 'disable-server', backend, name: server.name };
  });
  const gone = removed.map((server): Operation => {
    const words = wordsToReturn(context, server);
    return { kind: 'delete-server', backend, name: server.name, needed, words };
  });
  return { leave, gone };
}

/**
 * Plans the end of all servers of a proxy that goes with them.
 *
 * @throws NeedsReload where one of them cannot be deleted
 */
export function planDeparture(change: ServersChange): Departure {
  const backend = change.old.section.name;
  const balance = requireUsable(change.old, change.lineNumber);
  const byIds = isPlacedById(change, balance);
  const ids = byIds ? freshIds(change.old.servers) : new Map<string, number>();
  return planLeavers({ change, backend, balance, ids }, change.old.servers, false);
}

interface Steps {
  readonly moves: readonly Operation[];
  readonly settings: readonly Operation[];
  readonly replaced: readonly Omit<Addition, 'after'>[];
}

function planChanged(context: Context, { changed, untouched }: SortedServers): Steps {
  const { backend, balance } = context;
  const moves: Operation[] = [];
  const settings: Operation[] = [];
  const replaced: Omit<Addition, 'after'>[] = [];
  for (const [before, server] of changed) {
    const old = understand(context, context.change.old, before);
    const steps = planKept(old, understandNew(context, server), balance);
    if (steps === 'replace') replaced.push(planAddition(context, server));
    else for (const step of steps) (step.kind === 'move-server' ? moves : settings).push(step);
  }
  if (replaced.length > untouched)
    needReload(
      `backend ${backend}: ${replaced.length} servers would have to leave for a moment, and only ${untouched} stay`,
    );
  return { moves, settings, replaced };
}

/** Whether it takes a server that stays out of service. */
const isLeave = (step: Operation) =>
  (step.kind === 'switch-server' && step.target.disabled) ||
  (step.kind === 'weigh-server' && step.target.weight === 0);

/** Whether requests are sent to servers in maintenance, as long as HAProxy has them. */
const isPersistent = (proxy: ProxySection) =>
  hasOption(proxy, 'persist') || settingOf(proxy, 'force-persist').length > 0;

/**
 * Plans the change of one proxy's servers, where nothing else of the proxy differs.
 *
 * @throws NeedsReload where HAProxy cannot do it while it runs, or might do something else than a fresh start would
 */
export function planServers(change: ServersChange): ServersPlan {
  const backend = change.new.section.name;
  const balance = requireUsable(change.new, change.lineNumber);
  const sorted = sortServers(change.old, change.new);
  const { removed, added, changed, stays } = sorted;
  const byIds = isPlacedById(change, balance);
  if (byIds) requireIds(change);
  const ids = byIds ? freshIds(change.new.servers) : new Map<string, number>();
  const context: Context = { change, backend, balance, ids };
  // An id is free only once its server is deleted.
  const takesIds = byIds || added.some(asksForId);
  const needed = takesIds || isPersistent(change.new);

  const { leave, gone } = planLeavers(context, removed, needed);
  const steps = planChanged(context, sorted);
  const newcomers = added.map((server) => planAddition(context, server));
  const appended = [...newcomers, ...steps.replaced].map(({ target }) => target.name);
  const before = requireOrder(change, balance, appended);
  const inOrder = (addition: Omit<Addition, 'after'>): Addition => ({
    ...addition,
    after: before.get(addition.target.name) ?? [],
  });
  const additions = newcomers.map((a): Operation => ({ kind: 'add-server', ...inOrder(a) }));
  const replaced = steps.replaced.map(
    (a): Operation => ({ kind: 'replace-server', ...inOrder(a) }),
  );
  // Dead addresses leave at once, unless nobody would be left to serve until the new ones are there.
  if (stays > 0 || added.length + changed.length === 0) {
    const first = [...leave, ...steps.moves];
    const middle = [...steps.settings, ...additions];
    if (takesIds) return { first, middle: [...gone, ...middle], last: replaced };
    return { first, middle, last: [...replaced, ...gone] };
  }
  if (takesIds && gone.length > 0)
    needReload(
      `backend ${backend}: every server is replaced, and the new ones need the old ones' ids`,
    );
  const off = steps.settings.filter(isLeave);
  const others = steps.settings.filter((step) => !isLeave(step));
  return {
    first: steps.moves,
    middle: [...others, ...additions],
    last: [...off, ...leave, ...gone],
  };
}
