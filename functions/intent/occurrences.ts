import type { Occurrence, Tell } from '../core/occurrence.ts';

/** Hands what happens on to whoever listens. */
export interface Occurrences {
  readonly tell: Tell;
  subscribe(listener: Tell): void;
}

export function createOccurrences(): Occurrences {
  const listeners: Tell[] = [];
  return {
    tell(occurrence: Occurrence) {
      for (const listener of listeners) listener(occurrence);
    },
    subscribe: (listener) => void listeners.push(listener),
  };
}
