import { setMaxListeners } from 'node:events';

/** How this process is asked to end. */
export interface Stop {
  /** The first SIGTERM or SIGINT: drain and end. */
  readonly drain: AbortSignal;
  /** The second one: end at once. */
  readonly hurry: AbortSignal;
}

/** Why `hurry` is aborted. */
export class Cut extends Error {
  override readonly name = 'Cut';
}

/** Whether something ended because of `hurry`: that is no word about what it was. */
export const wasCut = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AbortError' && error.cause instanceof Cut;

/** Listens for the signals of the process from now on. */
export function listenForStop(): Stop {
  const [drain, hurry] = [new AbortController(), new AbortController()];
  // As many calls as there are old workers to be asked listen at once.
  setMaxListeners(0, hurry.signal);
  const onSignal = () => {
    if (drain.signal.aborted) hurry.abort(new Cut('asked a second time to end'));
    else drain.abort();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return { drain: drain.signal, hurry: hurry.signal };
}
