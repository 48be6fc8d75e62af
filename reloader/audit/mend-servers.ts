import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import type { Capabilities } from '../haproxy/capabilities.ts';
import type { Operation, ServerTarget } from '../operation.ts';
import type { PlanInput, Planner, Release } from '../plan.ts';
import type { ServerStates } from '../runtime/server-state.ts';
import type { ServerDifference } from './difference.ts';
import type { ExpectedServer, ExpectedServers } from './expected-servers.ts';

/** What it takes to bring back what another hand has changed. */
export type Mend =
  | { readonly kind: 'operations'; readonly operations: readonly Operation[] }
  /** Only a reload brings it back. */
  | { readonly kind: 'reload'; readonly reason: string };

export interface MendInput {
  /** What serves of the release that runs. */
  readonly files: Release;
  readonly expected: ExpectedServers;
  readonly states: ServerStates;
  /** The folder of the live release as the configuration names it. */
  readonly root: string;
  readonly capabilities: Capabilities;
  readonly plan: Planner;
}

const MISSING = new Set(['server-missing', 'server-altered']);

/** The release as it would be without these lines: going from there to the whole one adds the servers. */
function without(files: Release, lines: ReadonlySet<number>): PlanInput['old'] {
  return files.map((file) => {
    if (file.path !== CONFIG_PATH) return file;
    const kept = file.content.split('\n').map((line, i) => (lines.has(i + 1) ? '' : line));
    return { ...file, content: kept.join('\n') };
  });
}

/** As it is shown, at the address of its line. */
function targetOf({ backend, name, address }: ExpectedServer, states: ServerStates): ServerTarget {
  const state = states.get(backend)?.get(name);
  const at = address ?? { ip: state?.address ?? '', port: state?.port ?? 0 };
  const { weight = 1, disabled = false } = state ?? {};
  return { backend, name, address: at.ip, port: at.port, weight, disabled, id: 0 };
}

function leave({ backend, name }: ServerDifference): readonly Operation[] {
  return [
    { kind: 'disable-server', backend, name },
    { kind: 'delete-server', backend, name, needed: false, words: [] },
  ];
}

/** One that is there otherwise than it should be is taken out for the same one as it should be. */
function asReplacement(operation: Operation, states: ServerStates): Operation {
  if (operation.kind !== 'add-server') return operation;
  const { backend, name } = operation.target;
  const isThere = states.get(backend)?.has(name) === true;
  return isThere ? { ...operation, kind: 'replace-server' } : operation;
}

/** Plans how servers of one backend become again what the release says. Pure, but for the planner's memory. */
export function mendServers(differences: readonly ServerDifference[], input: MendInput): Mend {
  const { files, expected, states, root, capabilities, plan } = input;
  const operations: Operation[] = [];
  const lines = new Set<number>();
  for (const difference of differences) {
    const server = expected.of(difference.backend)?.get(difference.name);
    const line = server && expected.lineOf(server);
    if (MISSING.has(difference.code) && line !== undefined) lines.add(line);
    else if (server === undefined) operations.push(...leave(difference));
    else if (difference.code === 'server-moved')
      operations.push({ kind: 'move-server', target: targetOf(server, states) });
    else operations.push({ kind: 'check-server', target: targetOf(server, states) });
  }
  if (lines.size === 0) return { kind: 'operations', operations };
  const planned = plan({ old: without(files, lines), new: files, root, capabilities });
  if (planned.kind === 'reload') return planned;
  const added = planned.kind === 'runtime' ? planned.operations : [];
  const mends = added.map((operation) => asReplacement(operation, states));
  return { kind: 'operations', operations: [...operations, ...mends] };
}
