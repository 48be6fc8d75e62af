import { hashIntent, type Intent } from '../core/intent.ts';
import { type Candidate, type Rollout, settled } from '../core/rollout.ts';
import { type AsOf, hasReached, mergeAsOf } from '../wire/as-of.ts';
import type { HeldBack } from './status.ts';

/** An intent that has passed the gate. */
export interface Passed {
  readonly intent: Intent;
  readonly held: readonly HeldBack[];
  /** What is held back falls back to its values. */
  readonly base: Intent | undefined;
  /** Of the ConfigMaps that it was made from. */
  readonly versions: AsOf;
  /** Whether newer ConfigMaps, which the fleet has seen, have been waited for in vain. */
  readonly hasWaited: boolean;
  /** Whether the gate has been given another base since it came to this. */
  readonly isOutdated: () => boolean;
}

export type Leave =
  | { readonly kind: 'serve' }
  /** It reaches the proxies in steps, beside what is served. */
  | { readonly kind: 'stage' }
  /** It was tried, and went badly. */
  | { readonly kind: 'halted' }
  /** The fleet runs what was made from newer ConfigMaps than were seen here: they are about to come. */
  | { readonly kind: 'behind' }
  /** People have pinned a revision, or paused, which is about to come here. */
  | { readonly kind: 'frozen' }
  /** The gate has another base by now, from which it must be judged anew. */
  | { readonly kind: 'outdated' }
  /** Another replica came to another last good intent meanwhile: what is held back falls back to that. */
  | { readonly kind: 'rebase'; readonly base: Intent };

/** What a replica makes of the shared object for what has passed its gate. */
export interface Decision {
  readonly kind: Exclude<Leave['kind'], 'outdated'>;
  /** What the object is to say. */
  readonly after: Rollout;
}

/** How revisions reach the proxies in steps. */
export interface Stages {
  /** A candidate at its first step. */
  begin(hash: string): Candidate;
  /** What is served here, whatever the object says. */
  current(): string | undefined;
}

/**
 * Where what is stable was made from, as far as any replica has seen: replicas see the same of a feed at different
 * versions, and that of a ConfigMap is its own.
 */
function furthest(before: AsOf, own: AsOf): AsOf {
  const known = Object.fromEntries(
    Object.entries(before).filter(([name]) => Object.hasOwn(own, name)),
  );
  const all = Object.entries(mergeAsOf(known, own));
  return Object.fromEntries(all.map(([name, { lo }]) => [name, { lo, hi: lo }]));
}

/** In steps, beside what is stable; where nothing is yet, there is nothing to compare it with. */
function stage(before: Rollout, { hash, versions }: Offer, stages: Stages): Decision {
  const stable = before.stable ?? stages.current();
  if (stable === undefined || stable === hash)
    return { kind: 'serve', after: { ...settled(before), stable: hash, versions } };
  const after = { ...before, stable, versions };
  if (before.candidate?.hash === hash) return { kind: 'stage', after };
  if (before.halted?.hash === hash) return { kind: 'halted', after };
  return { kind: 'stage', after: { ...settled(after), candidate: stages.begin(hash) } };
}

interface Offer {
  readonly hash: string;
  readonly versions: AsOf;
}

/**
 * Decides whether what has passed may leave the gate.
 *
 * @param unfit a stable revision that nothing is to fall back to, if any: proxies refuse it, or it is nowhere to be had
 * @param stages absent: it reaches all proxies at once
 */
export function decideLeave(
  before: Rollout,
  passed: Passed,
  { unfit, stages }: { readonly unfit?: string | undefined; readonly stages: Stages | undefined },
): Decision {
  const { held, hasWaited, base } = passed;
  const hash = hashIntent(passed.intent);
  const { stable, pinned, isPaused } = before;
  const known = [hash, unfit, base && hashIntent(base)];
  // People have pinned or paused meanwhile: the revision is kept, and no more.
  if (pinned !== undefined || isPaused) return { kind: 'frozen', after: before };
  const isBehind = !hasReached(passed.versions, before.versions ?? {});
  if (isBehind && !(stages && hasWaited)) return { kind: 'behind', after: before };
  // What is held back stays at the value that the fleet had last, which may be one that was never seen here.
  if (held.length > 0 && stable !== undefined && !known.includes(stable))
    return { kind: 'rebase', after: before };
  const versions = isBehind ? passed.versions : furthest(before.versions ?? {}, passed.versions);
  if (stages) return stage(before, { hash, versions }, stages);
  return { kind: 'serve', after: { ...settled(before), stable: hash, versions } };
}
