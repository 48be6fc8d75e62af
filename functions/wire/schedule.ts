import { schedule, validate } from 'node-cron';
import type { Log } from './log.ts';

/** Something that is done on a schedule. */
export interface Job {
  readonly name: string;
  /** As cron writes it, in the local time zone. */
  readonly expression: string;
  readonly run: () => void | Promise<void>;
}

/**
 * Reads a cron expression of five fields, or six with seconds in front.
 *
 * @throws Error whose message says what form is expected
 */
export function readSchedule(text: string): string {
  if (!validate(text)) throw new Error('expected a cron expression, such as "30 4 * * *"');
  return text;
}

/** Does each job on its schedule until `signal` aborts, never twice at once; one that fails is logged and goes on. */
export function startSchedule(
  jobs: readonly Job[],
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): void {
  for (const { name, expression, run } of jobs) {
    const attempt = async () => {
      try {
        await run();
      } catch (error) {
        log.error('scheduled job failed', { job: name, error });
      }
    };
    const task = schedule(expression, attempt, {
      name,
      noOverlap: true,
      unref: true,
      suppressMissedWarning: true,
    });
    signal.addEventListener('abort', () => void task.destroy(), { once: true });
  }
}
