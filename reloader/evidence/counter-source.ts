import { type Cli, createCli } from '../haproxy/cli.ts';
import { wasCut } from '../stop.ts';
import { type Counters, parseCounters } from './counters.ts';

/** What is read beside frontends, which are few. */
export interface Wish {
  readonly backends: boolean;
  readonly servers: boolean;
}

export interface Reading {
  readonly counters: Counters;
  /** Characters of the answer for backends and for servers: what they cost. */
  readonly size: { readonly stat: number; readonly servers: number };
}

/** Where counters of the newest worker come from. */
export interface CounterSource {
  /** Undefined where no worker answers as expected. */
  read(wish: Wish): Promise<Reading | undefined>;
}

export interface CounterSourceOptions {
  readonly masterSocket: string;
  /** The worker's own socket, where it has one that is ours: it costs less. */
  readonly workerSocket?: string | undefined;
  readonly hurry?: AbortSignal;
}

/** Counters are no reason to keep a poll for long. */
const DEADLINE_MS = 2_000;
/** Types of `show stat`: frontends, and backends, without their servers, of which there are thousands. */
const STAT = { frontends: 'show stat -1 1 -1', both: 'show stat -1 3 -1' };

export function createCounterSource(options: CounterSourceOptions): CounterSource {
  const { masterSocket, workerSocket, hurry } = options;
  const shared = { deadlineMs: DEADLINE_MS, ...(hurry === undefined ? {} : { hurry }) };
  const ways: readonly Cli[] = [
    ...(workerSocket === undefined ? [] : [createCli({ ...shared, path: workerSocket })]),
    createCli({ ...shared, path: masterSocket, target: '@1' }),
  ];
  const ask = async (cli: Cli, commands: readonly string[]): Promise<Reading | undefined> => {
    const text = await cli.askAll(commands).catch((error: unknown) => {
      if (wasCut(error)) throw error;
      return '';
    });
    const counters = parseCounters(text);
    if (!counters) return undefined;
    const servers = commands.length > 2 ? text.length - text.lastIndexOf('\n1\n# be_id') : 0;
    return { counters, size: { stat: text.length - servers, servers } };
  };
  return {
    async read({ backends, servers }) {
      const stat = backends ? STAT.both : STAT.frontends;
      const commands = ['show info', stat, ...(servers ? ['show servers state'] : [])];
      for (const way of ways) {
        const reading = await ask(way, commands);
        if (reading) return reading;
      }
      return undefined;
    },
  };
}
