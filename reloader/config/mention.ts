import { type Configuration, notableSections, type Section } from './configuration.ts';

/**
 * Where a configuration names servers outside of their own lines: HAProxy resolves such names once, when it starts,
 * and never lets a server go that is named so.
 */
export interface Mentions {
  /** Whether `use-server`, `track` or a `srv_...()` fetch names the server, or seems to. */
  names(backend: string, server: string): boolean;
  /** Whether rules, logs, or tables that several proxies stick by, read the ids of this backend's servers. */
  readsIds(backend: string): boolean;
  /** Whether a table that this backend sticks by knows servers by their addresses. */
  sticksByAddress(backend: string): boolean;
}

const NOT_IN_NAMES = /[^A-Za-z0-9_.:-]+/;
const NOT_IN_PAIRS = /[^A-Za-z0-9_.:/-]+/;

/** What one section mentions. */
interface Part {
  readonly names: ReadonlySet<string>;
  readonly pairs: ReadonlySet<string>;
  readonly isIdRead: boolean;
  /** The tables that it sticks by. */
  readonly tables: ReadonlySet<string>;
  /** Whether its own table knows servers by their addresses. */
  readonly isByAddress: boolean;
}

function readPart({ name, lines }: Section): Part {
  const names = new Set<string>();
  const pairs = new Set<string>();
  const tables = new Set<string>();
  let [isIdRead, isByAddress] = [false, false];
  const add = (word: string) => {
    for (const each of word.split(NOT_IN_NAMES)) names.add(each);
  };
  for (const { raw, words } of lines) {
    const [keyword, second = ''] = raw;
    const ofServer = keyword === 'server' || keyword === 'default-server';
    if (keyword === 'use-server') add(second);
    raw.forEach((word, i) => {
      if (word === 'track') add(raw[i + 1] ?? '');
      if (ofServer) return;
      if (word.includes('srv_')) add(word);
      if (word.includes('srv_id') || word.includes('table_server_id')) isIdRead = true;
      if (word.includes('/')) for (const pair of word.split(NOT_IN_PAIRS)) pairs.add(pair);
    });
    if (words[0] === 'stick-table' && words[words.indexOf('srvkey') + 1] === 'addr')
      isByAddress = true;
    if (words[0] === 'stick')
      tables.add(words.includes('table') ? (words[words.indexOf('table') + 1] ?? '') : name);
  }
  return { names, pairs, isIdRead, tables, isByAddress };
}

/** Sections stay from one configuration to the next, and say the same there. */
const known = new WeakMap<Section, Part>();

function partOf(section: Section): Part {
  const part = known.get(section) ?? readPart(section);
  known.set(section, part);
  return part;
}

/** Finds the mentions in every line of every section. */
export function findMentions(configuration: Configuration): Mentions {
  const named = notableSections(configuration)
    .filter(({ isPlain }) => !isPlain)
    .map((section) => ({ name: section.name, part: partOf(section) }));
  const parts = named.map(({ part }) => part);
  let all: Pick<Part, 'names' | 'pairs'> | undefined;
  /** Few changes ask. */
  const mentioned = () =>
    (all ??= {
      names: new Set(parts.flatMap(({ names }) => [...names])),
      pairs: new Set(parts.flatMap(({ pairs }) => [...pairs])),
    });
  const isIdRead = parts.some((part) => part.isIdRead);
  const tables = new Map<string, Set<string>>();
  for (const { name, part } of named)
    if (part.tables.size > 0)
      tables.set(name, new Set([...(tables.get(name) ?? []), ...part.tables]));
  const byAddress = new Set(named.flatMap(({ name, part }) => (part.isByAddress ? [name] : [])));
  const tablesOf = (backend: string) => [...(tables.get(backend) ?? [])];
  const isShared = (table: string) => [...tables].filter(([, used]) => used.has(table)).length > 1;
  return {
    names: (backend, server) =>
      mentioned().names.has(server) || mentioned().pairs.has(`${backend}/${server}`),
    readsIds: (backend) => isIdRead || tablesOf(backend).some(isShared),
    sticksByAddress: (backend) => tablesOf(backend).some((table) => byAddress.has(table)),
  };
}
