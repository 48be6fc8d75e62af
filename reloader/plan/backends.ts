import { isInherited } from '../config/inherited-line.ts';
import type { ConfigLine } from '../config/line.ts';
import { notableSections } from '../config/configuration.ts';
import { type Parsed, type ProxySection, type Server, settingOf } from '../config/proxy.ts';
import type { ProxyMentions } from '../config/proxy-mention.ts';
import type { BackendOperation, Operation } from '../operation.ts';
import { isPlainName } from './known-server.ts';
import { needReload } from './needs-reload.ts';
import { planDeparture, planServers } from './servers.ts';
import type { ServersChange } from './servers-change.ts';

/** The backends that only one of two configurations has. */
export interface BackendsChange
  extends Pick<ServersChange, 'mentions' | 'loaded' | 'capabilities' | 'lineNumber'> {
  readonly added: readonly ProxySection[];
  readonly gone: readonly ProxySection[];
  /** The new configuration; the old one's sections are equal but for those backends, and for servers. */
  readonly now: Parsed;
  readonly proxyMentions: ProxyMentions;
}

export interface BackendsPlan {
  /** Before any map leads to them. */
  readonly come: readonly Operation[];
  /** When no map leads to them any more. */
  readonly go: readonly Operation[];
}

type Way = 'is new' | 'is gone';

/** What every new backend asks of the whole configuration. */
interface Surroundings {
  /** How many sections have a name. */
  readonly counts: ReadonlyMap<string, number>;
  /** The number of the line by which HAProxy forgets its defaults after the start. */
  readonly purge: number | undefined;
}

function surroundingsOf({ now, lineNumber }: BackendsChange): Surroundings {
  const counts = new Map<string, number>();
  for (const { name } of now.sections) counts.set(name, (counts.get(name) ?? 0) + 1);
  const isPurge = ({ words }: ConfigLine) => words[0] === 'tune.defaults.purge';
  const [purge] = notableSections(now).flatMap((section) =>
    section.kind === 'global'
      ? section.lines.filter(isPurge).map((line) => lineNumber(section, line))
      : [],
  );
  return { counts, purge };
}

const titleOf = ({ section }: ProxySection) => `backend ${section.name}`;

/** What only a start can do to a backend, whichever way it goes. */
function requireWhole(proxy: ProxySection, change: BackendsChange, way: Way): void {
  const title = titleOf(proxy);
  const { section, settings, templates, defaults } = proxy;
  const { capabilities, proxyMentions, lineNumber } = change;
  if (!capabilities.addsBackends)
    needReload(`${title} ${way}`, 'HAProxy 3.4 and newer add and delete backends while they run');
  if (!isPlainName(section.name)) needReload(`${title}: its name cannot be written on the CLI`);
  const [setting] = settings;
  if (setting !== undefined)
    needReload(
      `${title} ${way}, and has more than servers: ${setting.words[0]} (line ${lineNumber(section, setting)})`,
      'put what all such backends have in common into their defaults',
    );
  if (templates.length > 0) needReload(`${title} ${way}, and has a server-template`);
  if (proxyMentions.names(section.name))
    needReload(
      `${title} ${way}, and is named in the configuration`,
      'a map can name it instead: use_backend %[...,map(FILE)]',
    );
  if (proxyMentions.otherwise !== undefined)
    needReload(`${title} ${way}, and ${proxyMentions.otherwise}`);
  for (const source of defaults) {
    const line = source.lines.find((each) => !isInherited(each));
    if (line !== undefined)
      needReload(
        `${title} ${way}, and defaults ${source.name} has ${line.words.slice(0, 2).join(' ')} (line ${lineNumber(source, line)}), which is not sure to hold for a backend that is added at runtime`,
        'put that line into the frontend, or into other defaults',
      );
  }
}

const minconnOf = ({ options }: Server) =>
  options.kind === 'options' ? options.options.get('minconn')?.[0] : undefined;

/** The named defaults that a new backend can be made from. */
function requireSource(proxy: ProxySection, { counts, purge }: Surroundings): string {
  const title = titleOf(proxy);
  const [source] = proxy.defaults;
  if (source === undefined || source.name === '')
    needReload(
      `${title} is new, and takes from defaults that have no name`,
      'name them: `defaults NAME`, and `backend ... from NAME`',
    );
  if (counts.get(source.name) !== 1 || !isPlainName(source.name))
    needReload(`${title} is new, and the name of defaults ${source.name} is not theirs alone`);
  if (purge !== undefined)
    needReload(
      `${title} is new, and HAProxy forgets its defaults after the start (line ${purge})`,
      'leave tune.defaults.purge out',
    );
  const limits = proxy.servers.some((server) => minconnOf(server) !== undefined);
  if (limits && settingOf(proxy, 'fullconn').length === 0)
    needReload(
      `${title} is new, and its servers' minconn follows a fullconn that is counted at the start`,
      `write fullconn in defaults ${source.name}`,
    );
  return source.name;
}

/** A backend as it is before it has servers, or after. */
const emptied = (proxy: ProxySection): ProxySection => ({ ...proxy, servers: [], templates: [] });

function planArrival(
  proxy: ProxySection,
  change: BackendsChange,
  around: Surroundings,
): readonly Operation[] {
  requireWhole(proxy, change, 'is new');
  const backend = proxy.section.name;
  if (around.counts.get(backend) !== 1)
    needReload(`${titleOf(proxy)} is new, and another section has its name`);
  const from = requireSource(proxy, around);
  const { first, middle, last } = planServers({ ...change, old: emptied(proxy), new: proxy });
  const servers = [...first, ...middle, ...last];
  // Whether a list that begins empty grows at its end depends on the version: 3.4.7 has it in reverse.
  if (servers.some((step) => 'after' in step && step.after.length > 0))
    needReload(`${titleOf(proxy)} is new, and the order of its servers decides who serves`);
  const [mode = 'tcp'] = settingOf(proxy, 'mode');
  return [
    { kind: 'add-backend', backend, words: ['from', from, 'mode', mode] },
    ...servers,
    { kind: 'publish-backend', backend },
  ];
}

/** The words that would add it again, as {@link planArrival} has them. */
function wordsToReturn(proxy: ProxySection): readonly string[] {
  const from = proxy.defaults[0]?.name ?? '';
  const [mode = 'tcp'] = settingOf(proxy, 'mode');
  return from === '' ? [] : ['from', from, 'mode', mode];
}

function planEnd(proxy: ProxySection, change: BackendsChange): readonly Operation[] {
  requireWhole(proxy, change, 'is gone');
  const backend = proxy.section.name;
  const { leave, gone } = planDeparture({ ...change, old: proxy, new: emptied(proxy) });
  const end: BackendOperation = { kind: 'delete-backend', backend, words: wordsToReturn(proxy) };
  return [{ kind: 'unpublish-backend', backend }, ...leave, ...gone, end];
}

/**
 * Plans backends that come and go as a whole.
 *
 * @throws NeedsReload where HAProxy cannot do it while it runs, or might make something else of it than a fresh start
 */
export function planBackends(change: BackendsChange): BackendsPlan {
  const around = surroundingsOf(change);
  return {
    come: change.added.flatMap((proxy) => planArrival(proxy, change, around)),
    go: change.gone.flatMap((proxy) => planEnd(proxy, change)),
  };
}
