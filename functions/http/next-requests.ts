/** A connection, of which nothing is read while it pauses. */
export interface Connection {
  pause(): unknown;
  resume(): unknown;
}

/** Lets connections that were just answered wait with their next request until nobody else waits for an answer. */
export interface NextRequests {
  /** Reads no more from this connection until its turn comes. */
  putOff(connection: Connection): void;
}

/** Connections that are read from again at a time: others are answered between. */
const AT_A_TIME = 250;
/** However many answers follow one another, nobody is put off for longer than this, in milliseconds. */
const MOST_MS = 500;

/**
 * A fleet that is answered comes back at once, each with its next request: to read those takes as long as to answer
 * all. So they are left with the system while there are answers to be given, which follow one another without a pause.
 */
export function createNextRequests(): NextRequests {
  let waiting: Connection[] = [];
  let next = 0;
  let seen = 0;
  let began = 0;

  function look(): void {
    const isGrowing = waiting.length > seen;
    seen = waiting.length;
    if (!isGrowing || performance.now() - began > MOST_MS)
      for (const end = next + AT_A_TIME; next < end && next < waiting.length; next += 1)
        waiting[next]?.resume();
    if (next < waiting.length) setImmediate(look);
    else {
      waiting = [];
      next = 0;
      seen = 0;
    }
  }

  return {
    putOff(connection) {
      if (waiting.length === 0) {
        began = performance.now();
        setImmediate(look);
      }
      connection.pause();
      waiting.push(connection);
    },
  };
}
