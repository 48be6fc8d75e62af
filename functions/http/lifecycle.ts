/** Whether the service is shutting down: then it is not ready, holds no polls, and asks clients to dial another replica. */
export interface Lifecycle {
  readonly isStopping: boolean;
  stop(): void;
}

export function createLifecycle(): Lifecycle {
  let isStopping = false;
  return {
    get isStopping() {
      return isStopping;
    },
    stop() {
      isStopping = true;
    },
  };
}
