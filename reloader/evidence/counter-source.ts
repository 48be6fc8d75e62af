import { type Cli, createCli } from '../haproxy/cli.ts';
import type { Seen } from '../haproxy/master.ts';
import { wasCut } from '../stop.ts';
import { type Counters, type Known, parseCounters, STAT_HEAD, STATE_HEAD } from './counters.ts';

/** What is read beside frontends, which are few. */
export interface Wish {
  /** Allocations that failed. */
  readonly info: boolean;
  readonly backends: boolean;
  readonly servers: boolean;
}

export interface Reading {
  readonly counters: Counters;
  /** Characters of the answer for proxies, without its head, and for servers: what they cost. */
  readonly size: { readonly stat: number; readonly servers: number };
}

/** Where counters of the newest worker come from. */
export interface CounterSource {
  /** Undefined where no worker answers as expected. */
  read(wish: Wish): Promise<Reading | undefined>;
  /**
   * Looks, and asks by the same connection, which costs a third, what is read next by this very wish. Undefined where the
   * worker tells something else.
   */
  readAlong(
    wish: Wish,
    look: (more: readonly string[]) => Promise<Seen>,
  ): Promise<Seen | undefined>;
}

export interface CounterSourceOptions {
  readonly masterSocket: string;
  /** The worker's own socket, where it has one that is ours: it costs less. */
  readonly workerSocket?: string | undefined;
  readonly hurry?: AbortSignal;
}

/** Counters are no reason to keep a poll for long. */
const DEADLINE_MS = 2_000;
const INFO = 'show info';
/** Types of `show stat`: frontends, and backends, without their servers, of which there are thousands. */
const STAT = { frontends: 'show stat -1 1 -1', both: 'show stat -1 3 -1' };

function commandsOf({ backends, servers }: Wish): readonly string[] {
  const stat = backends ? STAT.both : STAT.frontends;
  return [stat, ...(servers ? ['show servers state'] : [])];
}

function readingOf(text: string, wish: Wish, known?: Known): Reading | undefined {
  const counters = parseCounters(text, known);
  if (!counters) return undefined;
  const rowsAt = text.indexOf('\n', text.indexOf(STAT_HEAD));
  const servers = wish.servers ? text.length - text.lastIndexOf(STATE_HEAD) : 0;
  return { counters, size: { stat: text.length - servers - rowsAt, servers } };
}

export function createCounterSource(options: CounterSourceOptions): CounterSource {
  const { masterSocket, workerSocket, hurry } = options;
  const shared = { deadlineMs: DEADLINE_MS, ...(hurry === undefined ? {} : { hurry }) };
  const ways: readonly Cli[] = [
    ...(workerSocket === undefined ? [] : [createCli({ ...shared, path: workerSocket })]),
    createCli({ ...shared, path: masterSocket, target: '@1' }),
  ];
  let along: { readonly wish: Wish; readonly reading: Reading } | undefined;

  async function ask(cli: Cli, wish: Wish): Promise<Reading | undefined> {
    const text = await cli.askAll([INFO, ...commandsOf(wish)]).catch((error: unknown) => {
      if (wasCut(error)) throw error;
      return '';
    });
    return readingOf(text, wish);
  }

  /** Once: a reading after a newer one would count all of it again. */
  function takeAlong(wish: Wish): Reading | undefined {
    const last = along;
    along = undefined;
    return last?.wish === wish ? last.reading : undefined;
  }

  return {
    async read(wish) {
      const known = takeAlong(wish);
      if (known) return known;
      for (const way of ways) {
        const reading = await ask(way, wish);
        if (reading) return reading;
      }
      return undefined;
    },
    async readAlong(wish, look) {
      const seen = await look([...(wish.info ? [INFO] : []), ...commandsOf(wish)]);
      const worker = { pid: seen.processes?.workers[0], uptimeS: seen.uptimeS };
      const reading = readingOf(seen.text, wish, wish.info ? undefined : worker);
      along = reading && { wish, reading };
      return reading || seen.text === '' ? seen : undefined;
    },
  };
}
