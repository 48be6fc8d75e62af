import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { lineNumberIn } from '../config/configuration.ts';
import { readProxies } from '../config/proxy.ts';
import { parseConfiguration } from '../config/sections.ts';
import { isPlainName, isServing } from './known-server.ts';

export interface Retired {
  readonly backend: string;
  readonly name: string;
  /** Of its line in the configuration that runs. */
  readonly line: number;
}

type Release = readonly { readonly path: string; readonly content: string }[];

interface Placed {
  readonly address: string;
  readonly line: number;
  readonly serves: boolean;
}

interface Known {
  readonly backends: ReadonlyMap<string, ReadonlyMap<string, Placed>>;
  /** Whether these lines hold: none is conditional, and none is missing. */
  readonly isSure: boolean;
}

function serversOf(release: Release): Known {
  const text = release.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
  const configuration = parseConfiguration(text);
  const { proxies, obscure } = readProxies(configuration);
  const lineNumber = lineNumberIn(configuration);
  const backends = new Map<string, Map<string, Placed>>();
  for (const { section, servers } of proxies) {
    const start = lineNumber(section, section.header);
    const names = backends.get(section.name) ?? new Map<string, Placed>();
    for (const server of servers) {
      const { name, address, offset } = server;
      names.set(name, { address, line: start + offset, serves: isServing(server) });
    }
    backends.set(section.name, names);
  }
  return { backends, isSure: configuration.obscure.length + obscure.length === 0 };
}

/**
 * The servers that a release drops from backends that stay, or has at another address, for a reload that has to wait:
 * dead addresses need not. A backend that would have nobody left, or only newcomers that HAProxy does not know yet,
 * keeps its servers. Pure.
 */
export function planRetirement(old: Release, next: Release): readonly Retired[] {
  const [before, after] = [serversOf(old), serversOf(next)];
  const isSure = before.isSure && after.isSure;
  const retired: Retired[] = [];
  for (const [backend, names] of before.backends) {
    const now = after.backends.get(backend);
    if (now === undefined || !isPlainName(backend)) continue;
    const stays = ([name, { address }]: readonly [string, Placed]) => {
      const other = now.get(name);
      return other !== undefined && (!isSure || other.address === address);
    };
    const gone = [...names].filter((server) => !stays(server) && isPlainName(server[0]));
    const goesOn = [...names].some((server) => server[1].serves && stays(server));
    if (now.size === 0 || goesOn)
      retired.push(...gone.map(([name, { line }]) => ({ backend, name, line })));
  }
  return retired;
}
