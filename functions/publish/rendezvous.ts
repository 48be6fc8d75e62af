/** One of those that render the same changes. */
export interface Party {
  /** It has changes to render. */
  begin(): void;
  /** They are rendered: settles as soon as the others have theirs, too, and after a moment at the latest. */
  arrive(): Promise<void>;
  /** It does not render them. */
  leave(): void;
}

/** Nobody waits longer for the others, in milliseconds. */
const MOST_MS = 10;

/**
 * Renders of the same changes in several processes end one right after the other. Whoever is first waits for the others:
 * the thousands of answers that come of it would hold up the next one for longer.
 */
export function createRendezvous(mostMs = MOST_MS): () => Party {
  const busy = new Set<Party>();
  let waiting: (() => void)[] = [];

  function go(): void {
    if (busy.size > 0) return;
    const all = waiting;
    waiting = [];
    for (const resolve of all) resolve();
  }

  return function join() {
    const party: Party = {
      begin: () => void busy.add(party),
      arrive: () =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, mostMs);
          waiting.push(() => {
            clearTimeout(timer);
            resolve();
          });
          party.leave();
        }),
      leave() {
        busy.delete(party);
        go();
      },
    };
    return party;
  };
}
