import type { History } from '../core/revision.ts';
import { type Candidate, type Halt, type Rollout, settled } from '../core/rollout.ts';
import type { Member } from './member.ts';
import type { Log } from '../wire/log.ts';
import { admitMore, admitStep, isLastStep } from './admission.ts';
import type { Step } from './step.ts';

/** What becomes of the shared object, given its candidate as it is there by now. */
export type Change = (before: Rollout, candidate: Candidate) => Rollout;

/** All proxies run it, and did so for long enough. */
const promoted: Change = (before, { hash }) => ({ ...settled(before), stable: hash });

/** The next step, or the end of the last one. */
export function advanced(
  proxies: readonly Member[],
  steps: readonly Step[],
  since: string,
): Change {
  return (before, candidate) => {
    if (isLastStep(candidate, steps)) return promoted(before, candidate);
    const { reports: _, ...rest } = before;
    const { isHurried: __, ...there } = candidate;
    const next = admitStep({ ...there, step: there.step + 1, since }, proxies, steps);
    return { ...rest, candidate: next };
  };
}

export const halted =
  (halt: Halt): Change =>
  (before) => ({ ...settled(before), halted: halt });

/** As many by name as the step says, of which no replica alone may know enough. */
export const completed =
  (proxies: readonly Member[], steps: readonly Step[]): Change =>
  (before, there) => ({ ...before, candidate: admitStep(there, proxies, steps) });

/** Those that ran the candidate have gone: without another one nothing is ever known of it. */
export const replaced =
  (proxies: readonly Member[]): Change =>
  (before, there) => ({ ...before, candidate: admitMore(there, proxies) });

/** `lost`: replicas that are there no more. */
export const reported =
  (own: string, text: string, lost: readonly string[]): Change =>
  (before) => {
    const others = Object.entries(before.reports ?? {}).filter(([id]) => !lost.includes(id));
    return { ...before, reports: { ...Object.fromEntries(others), [own]: text } };
  };

/** Changes the shared object by compare-and-swap, unless the candidate, or its step, is another by now. */
export function createChanges(options: {
  readonly history: Pick<History, 'steer'>;
  readonly onSteered: (rollout: Rollout) => void;
  readonly log: Log;
}) {
  const { history, onSteered, log } = options;
  let isActing = false;
  return {
    isActing: () => isActing,
    async make({ hash, step }: Candidate, change: Change): Promise<void> {
      isActing = true;
      try {
        const after = await history.steer((before) => {
          const { candidate: there, pinned } = before;
          const isSame = there?.hash === hash && there.step === step && pinned === undefined;
          return there && isSame ? change(before, there) : before;
        });
        onSteered(after);
      } catch (error) {
        log.warn('cannot write the rollout', { error });
      } finally {
        isActing = false;
      }
    },
  };
}
