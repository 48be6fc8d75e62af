import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { readProxies } from '../config/proxy.ts';
import { parseConfiguration } from '../config/sections.ts';
import { parseServerStates } from './server-state.ts';

type Release = readonly { readonly path: string; readonly content: string }[];

export interface LeftServer {
  readonly backend: string;
  readonly name: string;
}

/**
 * The servers that a HAProxy still has in maintenance although its configuration has no such line any more: they left,
 * and connections to them went on. Pure.
 *
 * @param release what serves of the release that HAProxy runs
 * @param shown its answer to `show servers state`
 */
export function findLeftServers(release: Release, shown: string): readonly LeftServer[] {
  const text = release.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
  const configuration = parseConfiguration(text);
  const { proxies, obscure } = readProxies(configuration);
  if (configuration.obscure.length + obscure.length > 0) return [];
  const states = parseServerStates(shown);
  return proxies.flatMap(({ section, servers, templates }) => {
    // The servers of a template have no lines of their own.
    if (templates.length > 0) return [];
    const written = new Set(servers.map(({ name }) => name));
    return [...(states.get(section.name) ?? [])]
      .filter(([name, { disabled }]) => disabled && !written.has(name))
      .map(([name]) => ({ backend: section.name, name }));
  });
}
