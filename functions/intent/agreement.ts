import { hashIntent } from '../core/intent.ts';
import type { History } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import { type Decision, decideLeave, type Leave, type Passed, type Stages } from './leave.ts';

export interface AgreementOptions {
  readonly history: Pick<History, 'list' | 'record' | 'steer'>;
  /** Revisions reach the proxies in steps; absent: all at once. */
  readonly stages: Stages | undefined;
  /** Whether proxies refuse this revision. */
  readonly isRefused: (hash: string) => boolean;
  /** Notes for the others what proxies refuse; whether they have noted what the gate does not know yet. */
  readonly tell: () => Promise<boolean>;
  /** What of the shared object holds here. */
  readonly followed: () => Rollout | undefined;
  /** The shared object says what was decided here. */
  readonly onWritten: (rollout: Rollout) => void;
  readonly now: () => number;
}

/** Replicas agree upon what has passed the gate of one of them, before any proxy is offered it. */
export interface Agreement {
  /** Keeps an intent, and writes that it is to reach the proxies, if that is this replica's to write. */
  keep(passed: Passed): Promise<Leave>;
}

export function createAgreement(options: AgreementOptions): Agreement {
  const { history, stages, isRefused, tell, followed, onWritten, now } = options;

  /** Whoever lags agrees upon nothing anew before he has seen all that the object said until somebody deleted it. */
  function isJustGone({ stable }: Rollout, { hasWaited }: Passed): boolean {
    const known = followed();
    const isKnown = known?.stable !== undefined && known.version !== undefined;
    return stable === undefined && isKnown && !hasWaited;
  }

  /**
   * Writes what is to reach the proxies, unless it is not this replica's to write.
   *
   * @param lost a stable revision that is not in the history
   */
  async function decide(passed: Passed, lost: string | undefined): Promise<Decision> {
    let decision: Decision | undefined;
    const after = await history.steer((before) => {
      const { stable = '' } = before;
      const unfit = isRefused(stable) ? stable : lost;
      decision = isJustGone(before, passed)
        ? { kind: 'behind', after: before }
        : decideLeave(before, passed, { unfit, stages });
      return decision.after;
    });
    const { kind } = decision as Decision;
    if (kind === 'serve' || kind === 'stage' || kind === 'halted') onWritten(after);
    return { kind, after };
  }

  /** @param missing the stable revision that was not in the history a moment ago */
  async function keep(passed: Passed, missing?: string): Promise<Leave> {
    const { intent, held } = passed;
    if (held.length > 0 && passed.isOutdated()) return { kind: 'outdated' };
    const parts = held.map(({ unit, diagnostic: { code, message } }) => ({ unit, code, message }));
    const at = new Date(now()).toISOString();
    if (await tell()) return { kind: 'outdated' };
    await history.record({ hash: hashIntent(intent), intent, at, by: [], held: parts });
    const { kind, after } = await decide(passed, passed.hasWaited ? missing : undefined);
    if (kind !== 'rebase') return { kind };
    const base = (await history.list()).find(({ hash }) => hash === after.stable)?.intent;
    if (base) return { kind, base };
    // One that is not there any more has been followed by another, as a rule; or else nobody goes back before it at once.
    return after.stable === missing ? { kind: 'behind' } : keep(passed, after.stable);
  }

  return { keep: (passed) => keep(passed) };
}
