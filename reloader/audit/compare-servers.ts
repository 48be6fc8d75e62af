import { formatAddress } from '../config/address.ts';
import type { ServerState, ServerStates } from '../runtime/server-state.ts';
import type { Tombstones } from '../runtime/tombstones.ts';
import type { ServerDifference } from './difference.ts';
import type { ExpectedServer, ExpectedServers } from './expected-servers.ts';

type Finding = Pick<ServerDifference, 'code' | 'what'>;

const on = (is: boolean) => (is ? 'with' : 'without');

/** What differs of a server that is there, state and weight aside: those are operators' to set. */
function compare(expected: ExpectedServer, state: ServerState): Finding | undefined {
  const { address, checked, ssl } = expected;
  const hasChecks = state.checks !== 'none';
  if (checked !== undefined && checked !== hasChecks)
    return { code: 'server-altered', what: `runs ${on(hasChecks)} checks` };
  if (ssl !== undefined && ssl !== state.ssl)
    return { code: 'server-altered', what: `runs ${on(state.ssl)} ssl` };
  const is = { ip: state.address, port: state.port };
  if (address !== undefined && (address.ip !== is.ip || address.port !== is.port)) {
    const [from, to] = [formatAddress(address), formatAddress(is)];
    return { code: 'server-moved', what: `is at ${to}, not at ${from}` };
  }
  if (checked === true && state.checks === 'off')
    return { code: 'checks-off', what: 'its checks are switched off' };
  return undefined;
}

function compareBackend(
  backend: string,
  { expected, states, tombstones }: Seen,
): readonly ServerDifference[] {
  const differences: ServerDifference[] = [];
  const servers = expected.of(backend);
  const running = states.get(backend);
  if (servers === undefined) return differences;
  for (const [name, server] of servers) {
    const state = running?.get(name);
    const finding =
      state === undefined
        ? ({ code: 'server-missing', what: 'is gone' } as const)
        : compare(server, state);
    if (finding !== undefined) differences.push({ backend, name, ...finding });
  }
  for (const [name, { disabled }] of running ?? []) {
    // One that left waits in maintenance for its connections to end.
    const waits = disabled && tombstones.find(backend, name) !== undefined;
    if (servers.has(name) || waits) continue;
    differences.push({ code: 'server-extra', backend, name, what: 'is in no line' });
  }
  return differences;
}

/** What there should be, and what HAProxy shows. */
export interface Seen {
  readonly expected: ExpectedServers;
  readonly states: ServerStates;
  readonly tombstones: Pick<Tombstones, 'find'>;
}

/** What another hand has changed of the servers of these backends. Pure, but for a look at the tombstones. */
export function compareServers(
  backends: Iterable<string>,
  seen: Seen,
): readonly ServerDifference[] {
  return [...backends].flatMap((backend) => compareBackend(backend, seen));
}
