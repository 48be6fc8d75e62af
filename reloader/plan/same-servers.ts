import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import type { ConfigLine } from '../config/line.ts';
import type { ProxySection, Server } from '../config/proxy.ts';
import { isPlainName, isSameServer } from './known-server.ts';
import { createReading, type Reading } from './reading.ts';

type Release = readonly { readonly path: string; readonly content: string }[];

/** What decides on requests, never on whether a server is up; a keyword that is not here might. */
const RULES = new Set(
  (
    'acl balance capture compression cookie description email-alert errorfile errorfiles force-persist hash-type ' +
    'http-after-response http-request http-response ignore-persist log log-format log-tag maxconn monitor-uri ' +
    'stats stick stick-table tcp-request tcp-response use-server use_backend default_backend bind'
  ).split(' '),
);

const textOf = (lines: readonly ConfigLine[]) =>
  lines
    .filter(({ words }) => !RULES.has(words[0] ?? ''))
    .map(({ raw }) => raw.join(' '))
    .join('\n');

/** What a proxy's checks might depend on besides its servers' lines. */
function surroundings({ settings, defaults }: ProxySection): string {
  const inherited = defaults.map((section) =>
    textOf(section.lines.filter(({ words }) => words[0] !== 'default-server')),
  );
  return [textOf(settings), ...inherited].join('\n\n');
}

interface Placed {
  readonly server: Server;
  readonly around: string;
}

export interface SameServersOptions {
  /** Reads a configuration, of which much may be known already. */
  readonly reading?: Reading;
  /** The servers that are asked about; all without a word. */
  readonly among?: { has(path: string): boolean };
}

/** By `BACKEND/NAME`. Nothing where the configuration is not understood for sure, and none of two of one name. */
function read(
  release: Release,
  { reading, among }: SameServersOptions & { readonly reading: Reading },
): ReadonlyMap<string, Placed> {
  const text = release.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
  const { proxies, obscure } = reading(text);
  const placed = new Map<string, Placed>();
  if (obscure.length > 0) return placed;
  const twice = new Set<string>();
  for (const proxy of proxies) {
    let around: string | undefined;
    for (const server of proxy.servers) {
      const path = `${proxy.section.name}/${server.name}`;
      if (among?.has(path) === false) continue;
      if (placed.has(path)) twice.add(path);
      around ??= surroundings(proxy);
      if (isPlainName(proxy.section.name) && isPlainName(server.name))
        placed.set(path, { server, around });
    }
  }
  for (const path of twice) placed.delete(path);
  return placed;
}

/**
 * The servers, by `BACKEND/NAME`, that are the same in all these releases: their lines with `default-server` expanded,
 * and everything in their backend and its defaults that their checks might depend on. Pure.
 */
export function findSameServers(
  releases: readonly Release[],
  { reading = createReading(), ...options }: SameServersOptions = {},
): ReadonlyMap<string, Server> {
  const [first, ...others] = releases.map((release) => read(release, { ...options, reading }));
  const same = [...(first ?? [])].filter(([path, { server, around }]) =>
    others.every((other) => {
      const found = other.get(path);
      return found !== undefined && found.around === around && isSameServer(found.server, server);
    }),
  );
  return new Map(same.map(([path, { server }]) => [path, server]));
}
