import type { Configuration } from './sections.ts';

/**
 * Where a configuration names servers outside of their own lines: HAProxy resolves such names once, when it starts,
 * and never lets a server go that is named so.
 */
export interface Mentions {
  /** Whether `use-server`, `track` or a `srv_...()` fetch names the server, or seems to. */
  names(backend: string, server: string): boolean;
  /** Whether rules or logs read the ids of servers. */
  readonly readsIds: boolean;
}

const NOT_IN_NAMES = /[^A-Za-z0-9_.:-]+/;
const NOT_IN_PAIRS = /[^A-Za-z0-9_.:/-]+/;

/** Finds the mentions in every line of every section. */
export function findMentions(configuration: Configuration): Mentions {
  const names = new Set<string>();
  const pairs = new Set<string>();
  let readsIds = false;
  const add = (word: string) => {
    for (const name of word.split(NOT_IN_NAMES)) names.add(name);
  };
  for (const { lines } of configuration.sections)
    for (const line of lines) {
      const [keyword, second = ''] = line.raw;
      const ofServer = keyword === 'server' || keyword === 'default-server';
      if (keyword === 'use-server') add(second);
      line.raw.forEach((word, i) => {
        if (word === 'track') add(line.raw[i + 1] ?? '');
        if (ofServer) return;
        if (word.includes('srv_')) add(word);
        if (word.includes('srv_id')) readsIds = true;
        if (word.includes('/')) for (const pair of word.split(NOT_IN_PAIRS)) pairs.add(pair);
      });
    }
  return {
    names: (backend, server) => names.has(server) || pairs.has(`${backend}/${server}`),
    readsIds,
  };
}
