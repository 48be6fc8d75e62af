import type { Log } from '../../functions/wire/log.ts';
import type { ExpectedServers } from '../audit/expected-servers.ts';
import { readProcess, setHeld } from '../runtime/held-servers.ts';
import {
  readAllServerStates,
  readServerStates,
  type ServerState,
  type ServerStates,
} from '../runtime/server-state.ts';
import type { Session } from '../runtime/session.ts';
import { Surprise } from '../runtime/surprise.ts';
import { findHolds, heldOf } from './find-holds.ts';
import { type Held, type Hold, type Holds, pathOf, wordsOf } from './hold.ts';

/** What is known of servers that operators hold, and of which process. */
export interface HeldServers {
  /** The worker in which they were last seen, or set again. */
  readonly process: string;
  readonly servers: readonly Hold[];
}

/**
 * Keeps what operators set of servers. What the worker shows is the truth of what is held; in a new worker, however it
 * came, what was held in the one before is set again.
 */
export interface HoldsKeeping {
  readonly holds: Holds;
  /** The worker in which they were last seen. */
  readonly process: string;
  /**
   * Learns what is held of these backends' servers; without a word, of all. In a worker that is new, what was held
   * before is set first.
   *
   * @returns the states of these backends' servers as they are then
   */
  meet(
    session: Session,
    expected: ExpectedServers,
    backends?: ReadonlySet<string>,
  ): Promise<ServerStates>;
  /** Forgets these, and sets what is there of them to what their lines say. */
  release(session: Session, expected: ExpectedServers, paths: readonly string[]): Promise<void>;
}

export interface HoldsKeepingOptions {
  readonly held: HeldServers | undefined;
  readonly remember: (held: HeldServers) => Promise<void>;
  readonly now: () => Date;
  readonly log: Log;
}

const isSame = (a: Holds, b: Holds) => JSON.stringify([...a]) === JSON.stringify([...b]);

/** The part of a hold that a server does not have, being as its line says; another hand may have set it since. */
function lackingOf({ state, weight }: Hold, now: Held | undefined, is: ServerState): Held {
  return {
    ...(state === undefined || now?.state !== undefined || is.state === state ? {} : { state }),
    ...(weight === undefined || now?.weight !== undefined || is.weight === weight
      ? {}
      : { weight }),
  };
}

function withHeld(states: ServerStates, { backend, name }: Hold, held: Held): ServerStates {
  const servers = new Map(states.get(backend));
  const before = servers.get(name);
  if (before !== undefined) {
    const state = held.state ?? before.state;
    const weight = held.weight ?? before.weight;
    servers.set(name, { ...before, state, weight, disabled: state === 'maint' });
  }
  return new Map(states).set(backend, servers);
}

export function createHoldsKeeping(options: HoldsKeepingOptions): HoldsKeeping {
  const { remember, now, log } = options;
  let holds: Holds = new Map((options.held?.servers ?? []).map((hold) => [pathOf(hold), hold]));
  let process = options.held?.process ?? '';

  const keep = async (found: Holds, where: string) => {
    if (where === process && isSame(found, holds)) return;
    for (const [path, hold] of found) {
      const words = wordsOf(hold);
      const before = holds.get(path);
      if (before === undefined || wordsOf(before) !== words)
        log.info('server held by an operator', { code: 'server-held', server: path, held: words });
    }
    for (const path of holds.keys())
      if (!found.has(path)) log.info('server released', { code: 'server-released', server: path });
    holds = found;
    process = where;
    await remember({ process, servers: [...holds.values()] });
  };

  /** One that HAProxy does not take any more is nobody's: the others are not to suffer from it. */
  const restore = async (session: Session, expected: ExpectedServers, states: ServerStates) => {
    let restored = states;
    for (const [path, hold] of holds) {
      const server = expected.of(hold.backend)?.get(hold.name);
      const state = states.get(hold.backend)?.get(hold.name);
      if (state === undefined || (server === undefined && expected.unclear === '')) continue;
      const lacking = lackingOf(hold, server && heldOf(server, state), state);
      try {
        await setHeld(session, path, lacking);
        restored = withHeld(restored, hold, lacking);
      } catch (error) {
        if (!(error instanceof Surprise)) throw error;
        const held = wordsOf(lacking);
        log.warn('cannot hold a server', { code: 'hold-refused', server: path, held, error });
      }
    }
    return restored;
  };

  const meet: HoldsKeeping['meet'] = async (session, expected, some) => {
    const where = await readProcess(session);
    const isNew = where !== process && holds.size > 0;
    const all = some === undefined || isNew;
    const shown = await (all ? readAllServerStates(session) : readServerStates(session, some));
    const states = isNew ? await restore(session, expected, shown) : shown;
    const backends = all ? expected.backends : some;
    const found = findHolds({ known: holds, expected, states, backends, now: now() });
    await keep(expected.unclear === '' ? found : holds, where);
    if (some === undefined || !isNew) return states;
    return new Map([...states].filter(([backend]) => some.has(backend)));
  };

  return {
    get holds() {
      return holds;
    },
    get process() {
      return process;
    },
    meet,
    async release(session, expected, paths) {
      const states = await meet(session, expected);
      for (const path of paths) {
        const hold = holds.get(path);
        const server = hold && expected.of(hold.backend)?.get(hold.name);
        if (hold === undefined || server === undefined) continue;
        if (states.get(hold.backend)?.has(hold.name) !== true) continue;
        await setHeld(session, path, {
          ...(hold.state === undefined ? {} : { state: server.disabled ? 'maint' : 'ready' }),
          ...(hold.weight === undefined ? {} : { weight: server.weight ?? 1 }),
        });
      }
      await keep(new Map([...holds].filter(([path]) => !paths.includes(path))), process);
    },
  };
}
