import { BY_STREAM } from '../../functions/wire/evidence.ts';
import type { Gatherer } from './gatherer.ts';
import type { EvidenceStream } from './stream.ts';

/** Tells what was gathered: by the stream where that is open, and with polls otherwise. */
export interface Teller {
  /** What an answer asks for, as of the gatherer. */
  want(seconds: number | undefined): Promise<void>;
  /** For the next poll: evidence, that it goes by the stream, or undefined where there is nothing to tell. */
  withPoll(): Promise<string | undefined>;
  /** Milliseconds until the next poll has something to tell; undefined where nothing waits for it. */
  pollsInMs(): number | undefined;
  /** Tells by the stream what there is. Never rejects. */
  flush(): Promise<void>;
  close(): void;
}

export function createTeller(gatherer: Gatherer, stream: EvidenceStream): Teller {
  async function flush(): Promise<void> {
    if (!stream.isOpen() || !gatherer.isDue()) return;
    const text = await gatherer.tell();
    if (text !== undefined) stream.write(text);
  }
  return {
    async want(seconds) {
      await gatherer.want(seconds);
      if (seconds === undefined) stream.close();
      else stream.open();
    },
    async withPoll() {
      if (!stream.isOpen()) return gatherer.tell();
      await flush();
      return BY_STREAM;
    },
    pollsInMs: () => (stream.isOpen() ? undefined : gatherer.endsInMs()),
    flush,
    close: stream.close,
  };
}
