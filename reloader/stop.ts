/** How this process is asked to end. */
export interface Stop {
  /** The first SIGTERM or SIGINT: drain and end. */
  readonly drain: AbortSignal;
  /** The second one: end at once. */
  readonly hurry: AbortSignal;
}

/** Listens for the signals of the process from now on. */
export function listenForStop(): Stop {
  const [drain, hurry] = [new AbortController(), new AbortController()];
  const onSignal = () => (drain.signal.aborted ? hurry : drain).abort();
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return { drain: drain.signal, hurry: hurry.signal };
}
