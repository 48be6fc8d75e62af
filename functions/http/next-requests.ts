/** An answer that was written, and its connection, of which nothing is read while it pauses. */
export interface Written {
  readonly req: { readonly socket: { pause(): unknown; resume(): unknown } };
  /** Makes the connection ready for its next request. */
  end(): unknown;
}

/** Lets connections that were just answered wait with their next request until nobody else waits for an answer. */
export interface NextRequests {
  /** Reads no more from this connection, and ends its answer, when its turn comes. */
  putOff(written: Written): void;
}

/** Connections that are read from again at a time: others are answered between. */
const AT_A_TIME = 100;
/** However many answers follow one another, nobody is put off for longer than this, in milliseconds. */
const MOST_MS = 500;

/**
 * A fleet that is answered comes back at once, each with its next request: to read those takes as long as to answer
 * all, and so does what Node.js does when an answer has ended. So both are left while there are answers to be given,
 * which follow one another without a pause.
 */
export function createNextRequests(): NextRequests {
  let waiting: Written[] = [];
  let next = 0;
  let seen = 0;
  let began = 0;

  function goOn(written: Written | undefined): void {
    written?.end();
    written?.req.socket.resume();
  }

  function look(): void {
    const isGrowing = waiting.length > seen;
    seen = waiting.length;
    if (!isGrowing || performance.now() - began > MOST_MS)
      for (const end = next + AT_A_TIME; next < end && next < waiting.length; next += 1)
        goOn(waiting[next]);
    if (next < waiting.length) setImmediate(look);
    else {
      waiting = [];
      next = 0;
      seen = 0;
    }
  }

  return {
    putOff(written) {
      if (waiting.length === 0) {
        began = performance.now();
        setImmediate(look);
      }
      written.req.socket.pause();
      waiting.push(written);
    },
  };
}
