import { type Evidence, formatEvidence, revisionMark } from '../../functions/wire/evidence.ts';
import { createMutex } from '../mutex.ts';
import type { CounterSource, Reading, Wish } from './counter-source.ts';
import type { BackendCounters, Counters, FrontendCounters } from './counters.ts';
import type { Ends } from './ends.ts';
import type { ReadBudget } from './read-budget.ts';
import { openWindow, type Window } from './window.ts';

/** Gathers what HAProxy counts while the renderer asks for it, and tells it with polls. */
export interface Gatherer {
  /**
   * What an answer asks for: evidence over windows of so many seconds, or none. The first time, before anything is done
   * about the answer, it reads what HAProxy has counted in all of its life: how it did before.
   */
  want(seconds: number | undefined): Promise<void>;
  /** Whether there is something to tell: asked every second, it costs nothing where there is not. */
  isDue(): boolean;
  /** For the next poll or line: of the window that has ended, of a death, or undefined where there is nothing to tell. */
  tell(): Promise<string | undefined>;
  /** Before another worker takes the place of this one: what it has counted since the last time would be lost. */
  beforeReload(): Promise<void>;
  /**
   * HAProxy is looked at now: where a window has ended, what is to be read along with that. Whether it has is decided here
   * alone: when it is told, a millisecond later, another one may seem to have ended that was not read along.
   */
  ending(): Wish | undefined;
  /** Milliseconds until the next window ends; undefined where none is open. */
  endsInMs(): number | undefined;
}

export interface GathererOptions {
  readonly source: Pick<CounterSource, 'read'>;
  readonly budget: ReadBudget;
  readonly ends: Ends;
  /** The revision that HAProxy runs, where that is known. */
  readonly revision: () => string | undefined;
  /** In milliseconds, on a clock that does not step. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

type Backends = Omit<BackendCounters, 'queued'>;

/** Of one revision. */
interface Gathering {
  readonly revision: string;
  /** The window is so much longer than what was asked for, in milliseconds. */
  readonly extraMs: number;
  readonly frontends: Window<FrontendCounters>;
  /** Read less often, where there are many. */
  readonly backends: Window<Backends> | undefined;
}

const ALL: Wish = { info: true, backends: true, servers: true };

const seconds = (ms: number) => Math.max(1, Math.round(ms / 1000));
const grownOf = ({ requests, connectErrors, responseErrors }: BackendCounters): Backends => ({
  requests,
  connectErrors,
  responseErrors,
});

/** A request ends in another window than it began in: a part is never told to be more than its whole. */
function backendsOf(
  sum: Backends,
  queued: number,
  forMs: number,
): NonNullable<Evidence['backends']> {
  const { connectErrors, responseErrors } = sum;
  const requests = Math.max(sum.requests, connectErrors + responseErrors);
  return { seconds: seconds(forMs), requests, connectErrors, responseErrors, queued };
}

export function createGatherer(options: GathererOptions): Gatherer {
  const { source, budget, ends, revision, now, random } = options;
  let windowMs: number | undefined;
  let gathering: Gathering | undefined;
  /** What is to be told with the next poll. */
  let life: string | undefined;
  /** By this the end of the window was read along. */
  let readAtEnd: Wish | undefined;

  const turnTo = (next: Gathering | undefined) => {
    gathering = next;
    readAtEnd = undefined;
  };

  const readFree = async (wish: Wish): Promise<Reading | undefined> => {
    const reading = await source.read(wish);
    if (reading) await ends.see(reading.counters);
    return reading;
  };

  const read = async (wish: Wish): Promise<Counters | undefined> => {
    const reading = await readFree(wish);
    if (reading) budget.note(wish, reading, now());
    return reading?.counters;
  };

  function openBackends(counters: Counters): Gathering['backends'] {
    const { backends } = counters;
    if (!backends) return undefined;
    return openWindow({ worker: counters, counted: grownOf(backends) }, now());
  }

  function open(of: string, counters: Counters, extraMs = 0): Gathering {
    const frontends = openWindow({ worker: counters, counted: counters.frontends }, now());
    return { revision: of, extraMs, frontends, backends: openBackends(counters) };
  }

  function add({ frontends, backends }: Gathering, counters: Counters): void {
    frontends.add({ worker: counters, counted: counters.frontends });
    if (counters.backends) backends?.add({ worker: counters, counted: grownOf(counters.backends) });
  }

  function format(parts: Omit<Evidence, 'deaths' | 'outOfMemory'>): string {
    return formatEvidence({ ...parts, ...ends.told() });
  }

  function formatLife(of: string, counters: Counters): string {
    const { frontends, backends, servers, uptimeS } = counters;
    return format({
      revision: revisionMark(of),
      seconds: Math.max(1, uptimeS),
      ...frontends,
      ...(backends && {
        backends: backendsOf(grownOf(backends), backends.queued, uptimeS * 1000),
      }),
      ...(servers && { servers }),
    });
  }

  /** Of a revision that has just come to run, or that is asked for: from now on. */
  async function begin(of: string, extraMs = 0): Promise<Counters | undefined> {
    ends.begin(of);
    // Off the budget, so that the first window, in which a bad revision shows, has all as well.
    const counters = (await readFree(ALL))?.counters;
    turnTo(counters && open(of, counters, extraMs));
    return counters;
  }

  async function endWindow(ended: Gathering): Promise<string | undefined> {
    const counters = await read(readAtEnd ?? budget.next(now()));
    if (!counters) {
      turnTo(undefined);
      return undefined;
    }
    add(ended, counters);
    const { backends, servers } = counters;
    const forMs = now() - ended.frontends.sinceAt;
    const text = format({
      revision: revisionMark(ended.revision),
      seconds: seconds(forMs),
      ...ended.frontends.sum,
      ...(backends &&
        ended.backends && {
          backends: backendsOf(ended.backends.sum, backends.queued, now() - ended.backends.sinceAt),
        }),
      ...(servers && { servers }),
    });
    const { frontends } = open(ended.revision, counters);
    const next = openBackends(counters) ?? ended.backends;
    turnTo({ ...ended, extraMs: 0, frontends, backends: next });
    return text;
  }

  const remainingMs = ({ frontends, extraMs }: Gathering) =>
    Math.max(0, frontends.sinceAt + (windowMs ?? 0) + extraMs - now());

  async function want(wanted: number | undefined): Promise<void> {
    const isFirst = windowMs === undefined;
    windowMs = wanted === undefined ? undefined : wanted * 1000;
    if (windowMs === undefined) {
      turnTo(undefined);
      life = undefined;
      ends.forget();
      return;
    }
    const of = revision();
    if (!isFirst || of === undefined) return;
    // All are asked at the same time: windows that end at any time show what happens to all sooner.
    const counters = await begin(of, windowMs * random());
    life = counters && formatLife(of, counters);
  }

  async function tell(): Promise<string | undefined> {
    const of = revision();
    if (windowMs === undefined || of === undefined) return undefined;
    if (gathering?.revision !== of) await begin(of);
    else if (remainingMs(gathering) === 0) return endWindow(gathering);
    const told = life;
    life = undefined;
    if (told !== undefined || !ends.isNews()) return told;
    return format({ revision: revisionMark(of), seconds: 0, answers: 0, failures: 0 });
  }

  function isDue(): boolean {
    const of = revision();
    if (windowMs === undefined || of === undefined) return false;
    if (gathering?.revision !== of || life !== undefined) return true;
    return readAtEnd !== undefined || ends.isNews();
  }

  function ending(): Wish | undefined {
    if (gathering?.revision !== revision() || !gathering || remainingMs(gathering) > 0)
      return undefined;
    readAtEnd ??= budget.next(now());
    return readAtEnd;
  }

  async function beforeReload(): Promise<void> {
    if (!gathering) return;
    ends.expect();
    const counters = await read(budget.next(now()));
    if (counters) add(gathering, counters);
  }

  // A reload for an audit may come while the loop reads: an older reading after a newer one counts all of it again.
  const inTurn = createMutex();
  return {
    want: (wanted) => inTurn(() => want(wanted)),
    isDue,
    tell: () => inTurn(tell),
    beforeReload: () => inTurn(beforeReload),
    ending,
    endsInMs: () => gathering && remainingMs(gathering),
  };
}
