import type { Diagnostic } from '../core/diagnostics.ts';
import type { Unit } from '../core/intent.ts';

/** A unit that stays at its last good value. */
export interface HeldBack {
  readonly unit: Unit;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** `last good`: an earlier value is served; `left out`: there is none. */
  readonly serves: 'last good' | 'left out';
  readonly diagnostic: Diagnostic;
}

export interface GateStatus {
  /** `sha256:...` of the intent that is served, and since when. */
  readonly current?: { readonly hash: string; readonly since: number };
  readonly newest?: { readonly hash: string; readonly since: number };
  /**
   * `checking`: the newest has not been judged yet; `pinned`, `paused`: people hold the fleet to a revision, whatever
   * the ConfigMaps say; `rolling out`: it reaches the proxies in steps; `halted`: it went badly there.
   */
  readonly state:
    | 'checking'
    | 'good'
    | 'held back'
    | 'none good'
    | 'rolling out'
    | 'halted'
    | 'pinned'
    | 'paused';
  readonly held: readonly HeldBack[];
  /** Renders and checks that were spent on all intents so far. */
  readonly tries: { readonly renders: number; readonly checks: number };
  /** Why revisions cannot be kept or read now. */
  readonly history?: string;
  /** A check that could not be made. */
  readonly unjudged?: string;
  /** Why the newest cannot be judged: the service itself fails, and tries again. */
  readonly fault?: string;
}

/** Whether all of the newest intent is served, be it that people hold the fleet to just that. */
export function isServedWhole({ state, current, newest }: GateStatus): boolean {
  const isHeld = state === 'pinned' || state === 'paused';
  return state === 'good' || (isHeld && newest !== undefined && current?.hash === newest.hash);
}
