import type { Log } from '../../functions/wire/log.ts';
import type { Haproxy } from '../haproxy/haproxy.ts';
import type { Seen } from '../haproxy/master.ts';
import { createCounterSource, type Wish } from './counter-source.ts';
import { createEnds } from './ends.ts';
import { createGatherer } from './gatherer.ts';
import { countOutOfMemory } from './out-of-memory.ts';
import { createReadBudget } from './read-budget.ts';
import type { EvidenceStream } from './stream.ts';
import { createTeller, type Teller } from './teller.ts';
import { openWatchNote } from './watch-note.ts';

/** What becomes of HAProxy during a rollout, for the renderer. */
export interface Evidence {
  readonly teller: Teller;
  /** The same HAProxy, whose counters are read before another worker takes the place of the one that runs. */
  readonly haproxy: Haproxy;
  /** A look at it, as every second. Counters are read along where a window has ended. */
  look(): Promise<Seen>;
  /** HAProxy, the child, has ended, and nobody asked it to. */
  died(): Promise<void>;
  /** Of an earlier reloader's HAProxy, the child: whether it still runs. Gives the same back. */
  found(isRunning: boolean): boolean;
  /** All ends in order. */
  end(): Promise<void>;
}

export interface EvidenceOptions {
  readonly haproxy: Haproxy;
  readonly masterSocket: string;
  readonly workerSocket: string | undefined;
  /** The revision that HAProxy runs, where that is known. */
  readonly revision: () => string | undefined;
  /** The hash of the release that HAProxy runs, where that is known. */
  readonly lastGood: () => string | undefined;
  readonly stream: EvidenceStream;
  /** Of the note for the case that all of this is killed. */
  readonly noteFile: string;
  readonly log: Log;
  readonly hurry: AbortSignal;
}

export async function createEvidence(options: EvidenceOptions): Promise<Evidence> {
  const { haproxy, revision, lastGood, stream } = options;
  const { master } = haproxy;
  const isChild = haproxy.kind === 'child';
  // The end of a child is told as it happens. A neighbour that was started anew has not reloaded yet.
  const wasReloaded = async () => isChild || ((await master.processes())?.reloads ?? 0) > 0;
  const note = await openWatchNote(options.noteFile, options.log);
  const ends = createEnds({ wasReloaded, onChange: (watched) => void note.write(watched) });
  const source = createCounterSource(options);
  const gatherer = createGatherer({
    source,
    budget: createReadBudget(),
    ends,
    revision,
    now: () => performance.now(),
    random: Math.random,
  });
  let outOfMemory = await countOutOfMemory();
  let last: Seen | undefined;

  async function lookAlong(wish: Wish): Promise<Seen | undefined> {
    // Of a release that came to run since then, HAProxy was told another hash.
    const known = last?.liveHash === lastGood() ? last : undefined;
    return source.readAlong(wish, (more) => master.look(more, known));
  }

  return {
    teller: createTeller(gatherer, stream),
    haproxy: {
      ...haproxy,
      async bring(hash) {
        await gatherer.beforeReload();
        return haproxy.bring(hash);
      },
    },
    async look() {
      const wish = stream.isOpen() ? gatherer.ending() : undefined;
      last = (wish && (await lookAlong(wish))) ?? (await master.look());
      return last;
    },
    async died() {
      const before = outOfMemory;
      outOfMemory = await countOutOfMemory();
      ends.died({ isOutOfMemory: outOfMemory > before });
    },
    found(isRunning) {
      const { left } = note;
      if (left) ends.restore({ ...left, deaths: left.deaths + (isChild && !isRunning ? 1 : 0) });
      return isRunning;
    },
    end: () => note.write(undefined),
  };
}
