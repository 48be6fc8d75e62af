import type { ExpectedServer, ExpectedServers } from '../audit/expected-servers.ts';
import type { ServerState, ServerStates } from '../runtime/server-state.ts';
import { type Held, type Hold, type Holds, pathOf } from './hold.ts';

/** How long a server that is in no release may stay in an operator's hand: names of pods seldom come again. */
const AWAY_MS = 24 * 3_600_000;

/** What an operator has set of a server; undefined where it is as its line says. */
export function heldOf(expected: ExpectedServer, state: ServerState): Held | undefined {
  const { disabled } = expected;
  const wanted = disabled === undefined ? state.state : disabled ? 'maint' : 'ready';
  const isState = state.state === wanted;
  const isWeight = state.weight === (expected.weight ?? state.weight);
  if (isState && isWeight) return undefined;
  return {
    ...(isState ? {} : { state: state.state }),
    ...(isWeight ? {} : { weight: state.weight }),
  };
}

/** What is known of servers, and what HAProxy shows of some backends. */
export interface HoldsSeen {
  readonly known: Holds;
  readonly expected: ExpectedServers;
  readonly states: ServerStates;
  readonly backends: Iterable<string>;
  readonly now: Date;
}

function awayFor({ away }: Hold, now: Date): number {
  return away === undefined ? 0 : now.getTime() - Date.parse(away);
}

/**
 * The servers that operators hold, by what HAProxy shows of them now. One that no line names keeps its place for a
 * day; one that was deleted by hand, or that is again as its line says, is in nobody's hand. Pure.
 */
export function findHolds(seen: HoldsSeen): Holds {
  const { known, expected, states, now } = seen;
  const time = now.toISOString();
  const looked = new Set(seen.backends);
  const holds = new Map<string, Hold>();
  for (const [path, hold] of known) {
    const isNamed = expected.of(hold.backend)?.has(hold.name) === true;
    if (isNamed ? looked.has(hold.backend) : awayFor(hold, now) > AWAY_MS) continue;
    const { away = time, ...rest } = hold;
    holds.set(path, isNamed ? rest : { ...rest, away });
  }
  for (const backend of looked) {
    const shown = states.get(backend);
    if (shown === undefined) continue;
    for (const server of expected.of(backend)?.values() ?? []) {
      const { name } = server;
      const state = shown.get(name);
      const held = state === undefined ? undefined : heldOf(server, state);
      if (held === undefined) continue;
      const { since = time } = known.get(pathOf(server)) ?? {};
      holds.set(pathOf(server), { backend, name, ...held, since });
    }
  }
  return new Map([...holds].sort(([a], [b]) => (a < b ? -1 : 1)));
}
