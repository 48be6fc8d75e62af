import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { parseConfiguration } from '../config/sections.ts';
import type { BackendStates } from './backends.ts';
import type { LeftServer } from './left-servers.ts';
import type { ServerStates } from './server-state.ts';

type Release = readonly { readonly path: string; readonly content: string }[];

/** Backends that a HAProxy still has, and the servers in them. */
export interface LeftBackends {
  readonly backends: readonly string[];
  readonly servers: readonly LeftServer[];
}

/**
 * The backends that a HAProxy still has, unpublished, although its configuration has none of that name any more: they
 * left, and streams in them went on. Pure.
 *
 * @param release what serves of the release that HAProxy runs
 */
export function findLeftBackends(
  release: Release,
  shown: BackendStates,
  states: ServerStates,
): LeftBackends {
  const text = release.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
  const { sections, obscure } = parseConfiguration(text);
  if (obscure.length > 0) return { backends: [], servers: [] };
  const written = new Set(sections.map(({ name }) => name));
  const backends = [...shown].flatMap(([name, isPublished]) =>
    isPublished || written.has(name) ? [] : [name],
  );
  const servers = backends.flatMap((backend) =>
    [...(states.get(backend)?.keys() ?? [])].map((name) => ({ backend, name })),
  );
  return { backends, servers };
}
