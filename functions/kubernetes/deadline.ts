import { ApiError } from './api-error.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** Aborts now. */
  abort(reason: Error): void;
  /** Lets go of timer and listener; without it they would live as long as the outer signal. */
  end(): void;
}

/** A signal that aborts with the outer one, or after `ms` milliseconds with a `kubernetes-timeout`. */
export function startDeadline(outer: AbortSignal | undefined, ms: number): Deadline {
  const controller = new AbortController();
  const follow = () => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  outer?.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(
    () => controller.abort(new ApiError('kubernetes-timeout', `no end after ${ms / 1000} s`)),
    ms,
  );
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}
