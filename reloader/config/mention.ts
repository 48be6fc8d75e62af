import type { Configuration } from './sections.ts';

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

/** Which proxies stick by which tables, and which tables know servers by their addresses. */
function readTables({ sections }: Configuration) {
  const tables = new Map<string, Set<string>>();
  const byAddress = new Set<string>();
  for (const { name, lines, isPlain } of sections)
    for (const { words } of isPlain ? [] : lines) {
      if (words[0] === 'stick-table' && words[words.indexOf('srvkey') + 1] === 'addr')
        byAddress.add(name);
      if (words[0] !== 'stick') continue;
      const table = words.includes('table') ? (words[words.indexOf('table') + 1] ?? '') : name;
      tables.set(name, (tables.get(name) ?? new Set()).add(table));
    }
  return { tables, byAddress };
}

/** Finds the mentions in every line of every section. */
export function findMentions(configuration: Configuration): Mentions {
  const names = new Set<string>();
  const pairs = new Set<string>();
  let isIdRead = false;
  const add = (word: string) => {
    for (const name of word.split(NOT_IN_NAMES)) names.add(name);
  };
  for (const { lines, isPlain } of configuration.sections)
    for (const line of isPlain ? [] : lines) {
      const [keyword, second = ''] = line.raw;
      const ofServer = keyword === 'server' || keyword === 'default-server';
      if (keyword === 'use-server') add(second);
      line.raw.forEach((word, i) => {
        if (word === 'track') add(line.raw[i + 1] ?? '');
        if (ofServer) return;
        if (word.includes('srv_')) add(word);
        if (word.includes('srv_id') || word.includes('table_server_id')) isIdRead = true;
        if (word.includes('/')) for (const pair of word.split(NOT_IN_PAIRS)) pairs.add(pair);
      });
    }
  const { tables, byAddress } = readTables(configuration);
  const tablesOf = (backend: string) => [...(tables.get(backend) ?? [])];
  const isShared = (table: string) => [...tables].filter(([, used]) => used.has(table)).length > 1;
  return {
    names: (backend, server) => names.has(server) || pairs.has(`${backend}/${server}`),
    readsIds: (backend) => isIdRead || tablesOf(backend).some(isShared),
    sticksByAddress: (backend) => tablesOf(backend).some((table) => byAddress.has(table)),
  };
}
