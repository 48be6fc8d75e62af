import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { readProxies } from '../config/proxy.ts';
import { parseConfiguration } from '../config/sections.ts';
import { isPlainName } from './known-server.ts';

export interface Retired {
  readonly backend: string;
  readonly name: string;
  /** Of its line in the configuration that runs. */
  readonly line: number;
}

type Release = readonly { readonly path: string; readonly content: string }[];

function serversOf(release: Release): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const text = release.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
  const { proxies } = readProxies(parseConfiguration(text));
  const backends = new Map<string, Map<string, number>>();
  for (const { section, servers } of proxies) {
    const names = backends.get(section.name) ?? new Map<string, number>();
    for (const { name, line } of servers) names.set(name, line);
    backends.set(section.name, names);
  }
  return backends;
}

/**
 * The servers that a release drops from backends that stay, for a reload that has to wait: dead addresses need not.
 * A backend that would have nobody left, or only newcomers that HAProxy does not know yet, keeps its servers.
 */
export function planRetirement(old: Release, next: Release): readonly Retired[] {
  const after = serversOf(next);
  const retired: Retired[] = [];
  for (const [backend, names] of serversOf(old)) {
    const now = after.get(backend);
    if (now === undefined || !isPlainName(backend)) continue;
    const gone = [...names].filter(([name]) => !now.has(name) && isPlainName(name));
    const hasOthers = now.size === 0 || [...names.keys()].some((name) => now.has(name));
    if (hasOthers) retired.push(...gone.map(([name, line]) => ({ backend, name, line })));
  }
  return retired;
}
