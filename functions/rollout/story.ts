import type { Tell } from '../core/occurrence.ts';
import type { Candidate, Rollout } from '../core/rollout.ts';
import { stepOf } from './admission.ts';
import { formatStep, type Step } from './step.ts';

export interface StoryOptions {
  readonly namespace: string;
  readonly steps: readonly Step[];
  readonly tell: Tell;
}

const short = (hash: string) => hash.slice(0, 19);

/** Tells what people and proxies do to the rollout, from one look at it to the next. */
export function createRolloutStory({
  namespace,
  steps,
  tell,
}: StoryOptions): (now: Rollout) => void {
  const object = `configmaps/${namespace}/rollout`;
  /** Where people look who have applied something. */
  const written = ['config', 'services'].map((name) => `configmaps/${namespace}/${name}`);
  let before: Rollout | undefined;

  function tellPeople(was: Rollout, now: Rollout): void {
    const { pinned, isPaused } = now;
    if (pinned !== undefined && pinned !== was.pinned)
      tell({
        reason: 'RolloutPinned',
        object,
        subject: pinned,
        note: `the fleet is held to revision ${short(pinned)}, whatever the ConfigMaps say, until kubernetes-haproxy rollout resume`,
      });
    else if (isPaused && !was.isPaused)
      tell({
        reason: 'RolloutPaused',
        object,
        subject: now.stable ?? '',
        note: 'nothing newer is served until kubernetes-haproxy rollout resume; pods and certificates flow on',
      });
    const wasHeld = was.pinned !== undefined || was.isPaused;
    if (wasHeld && pinned === undefined && !isPaused)
      tell({
        reason: 'RolloutResumed',
        object,
        subject: was.pinned ?? was.stable ?? '',
        note: 'the ConfigMaps count again',
      });
  }

  function tellStep(candidate: Candidate): void {
    const { hash, step } = candidate;
    const which = `step ${step + 1} of ${steps.length} (${formatStep(stepOf(candidate, steps))})`;
    for (const where of written)
      tell({
        reason: 'RolloutStepped',
        object: where,
        subject: `${hash} ${step}`,
        note: `revision ${short(hash)} is in ${which}; all other proxies run the revision before`,
      });
  }

  function tellProxies(was: Rollout, now: Rollout): void {
    const { halted, candidate, stable } = now;
    const isThere = candidate?.hash === was.candidate?.hash;
    if (candidate && (!isThere || candidate.step !== was.candidate?.step)) tellStep(candidate);
    if (halted && (halted.hash !== was.halted?.hash || halted.at !== was.halted.at))
      for (const where of written)
        tell({
          reason: 'RolloutHalted',
          object: where,
          subject: halted.hash,
          note: `the rollout of revision ${short(halted.hash)} is halted: ${halted.reason}. All proxies run revision ${short(stable ?? '')}. Change the ConfigMaps, or try it once more: kubernetes-haproxy rollout resume.`,
        });
    const done = was.candidate?.hash;
    if (done !== undefined && candidate === undefined && stable === done)
      for (const where of written)
        tell({
          reason: 'RolloutCompleted',
          object: where,
          subject: done,
          note: `all proxies are given revision ${short(done)}`,
        });
  }

  return (now) => {
    const was = before;
    before = now;
    if (!was) return;
    tellPeople(was, now);
    tellProxies(was, now);
  };
}
