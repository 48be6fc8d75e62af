/** How an act came out that was put into the queue. */
export type Queued<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** It began, and is not done in time. */
  | { readonly kind: 'late' }
  /** Others took all of its time, or too many waited already. */
  | { readonly kind: 'busy' };

export interface SerialQueueOptions {
  /** From the asking on, in milliseconds. */
  readonly deadlineMs: number;
  /** More than that many do not wait. */
  readonly most: number;
}

/** A queue that lets act one at a time, each within its time; `isLate` tells an act that nobody waits for it any more. */
export function createSerialQueue({ deadlineMs, most }: SerialQueueOptions) {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  return async function take<T>(act: (isLate: () => boolean) => Promise<T>): Promise<Queued<T>> {
    if (waiting >= most) return { kind: 'busy' };
    waiting++;
    let state: 'waits' | 'acts' | 'late' = 'waits';
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Queued<T>>((resolve) => {
      timer = setTimeout(() => {
        resolve({ kind: state === 'waits' ? 'busy' : 'late' });
        state = 'late';
      }, deadlineMs);
    });
    const acted = last.then(async (): Promise<Queued<T>> => {
      if (state === 'late') return { kind: 'busy' };
      state = 'acts';
      return { kind: 'done', value: await act(() => state === 'late') };
    });
    // What is late is still under way: the next one waits for its end.
    last = acted.catch(() => undefined);
    try {
      return await Promise.race([acted, late]);
    } finally {
      clearTimeout(timer);
      waiting--;
    }
  };
}
