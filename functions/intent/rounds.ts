/** Why a round is run: what is judged is new, or what it was refused with may have changed. */
export type Reason = 'new' | 'revisit';

/** One round at a time; whatever is wanted meanwhile is one more. */
export interface Rounds {
  want(reason: Reason): void;
  /** Wants to look again after a while, unless that is wanted already. */
  wantLater(ms: number): void;
  /** Whether something new waits for the next round. */
  isSuperseded(): boolean;
  stop(): void;
}

export interface RoundsOptions {
  /** Whether there is something to judge, and it may be judged now. */
  readonly mayRun: () => boolean;
  /** Must not reject. */
  readonly run: () => Promise<void>;
}

export function createRounds({ mayRun, run }: RoundsOptions): Rounds {
  let wanted: Reason | undefined;
  let isRunning = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function runAll(): Promise<void> {
    isRunning = true;
    while (wanted && !isStopped && mayRun()) {
      wanted = undefined;
      await run();
    }
    isRunning = false;
  }

  function want(reason: Reason): void {
    if (wanted !== 'new') wanted = reason;
    if (!isRunning) void runAll();
  }

  return {
    want,
    wantLater(ms) {
      timer ??= setTimeout(() => {
        timer = undefined;
        want('revisit');
      }, ms);
      timer.unref();
    },
    isSuperseded: () => wanted === 'new',
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
