/**
 * Works under a signal that is aborted as soon as one of these is.
 *
 * `AbortSignal.any` would do, and leaves something of itself on each of these for good, which a reloader that polls for
 * months would notice (Node.js 20).
 */
export async function underEither<T>(
  signals: readonly AbortSignal[],
  work: (either: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', abort);
  if (signals.some(({ aborted }) => aborted)) abort();
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}
