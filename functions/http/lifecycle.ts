/** Whether the service is shutting down: then it is not ready, holds no polls, and asks clients to dial another replica. */
export interface Lifecycle {
  readonly isStopping: boolean;
  /** Calls this once when the service stops, unless the function that it gives was called before. */
  onStop(act: () => void): () => void;
  stop(): void;
}

export function createLifecycle(): Lifecycle {
  let isStopping = false;
  const acts = new Set<() => void>();
  return {
    get isStopping() {
      return isStopping;
    },
    onStop(act) {
      acts.add(act);
      return () => acts.delete(act);
    },
    stop() {
      isStopping = true;
      for (const act of [...acts]) act();
      acts.clear();
    },
  };
}
