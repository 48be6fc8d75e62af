/** What is done once those who wait have their answers, as far as these are there: in order, and soon. */
export interface Afterwards {
  add(act: () => void): void;
  /** Does all of it now: what comes next counts on it. */
  catchUp(): void;
  /** Nothing more is done. */
  stop(): void;
}

export function createAfterwards(): Afterwards {
  let waiting: (() => void)[] = [];
  let isStopped = false;

  function catchUp(): void {
    const acts = waiting;
    waiting = [];
    for (const act of acts) act();
  }

  return {
    add(act) {
      if (isStopped) return;
      waiting.push(act);
      setImmediate(catchUp);
    },
    catchUp,
    stop() {
      isStopped = true;
      waiting = [];
    },
  };
}
