/** How much of a fleet runs the candidate in a step: so many proxies, or a share of them, from 0 to 1. */
export type Step =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'share'; readonly share: number };

/** All of the fleet at once: no steps. */
export const AT_ONCE: readonly Step[] = [{ kind: 'share', share: 1 }];

/** More are named by a share: each is written down by name. */
const MOST_COUNTED = 100;
const COUNT = /^[1-9]\d{0,2}$/;
const SHARE = /^(\d{1,3}(?:\.\d{1,3})?)%$/;

function readStep(text: string): Step {
  const percent = Number(SHARE.exec(text)?.[1]);
  if (percent > 0 && percent <= 100) return { kind: 'share', share: percent / 100 };
  const count = COUNT.test(text) ? Number(text) : MOST_COUNTED + 1;
  if (count <= MOST_COUNTED) return { kind: 'count', count };
  throw new Error(`expected proxies from 1 to ${MOST_COUNTED}, or a share up to 100%: ${text}`);
}

const grows = (before: Step, after: Step): boolean =>
  before.kind === 'count'
    ? after.kind === 'share' || after.count > before.count
    : after.kind === 'share' && after.share > before.share;

/**
 * Reads ROLLOUT_STEPS: `1,10%,50%,100%`.
 *
 * @throws Error that says what was expected
 */
export function readSteps(text: string): readonly Step[] {
  const steps = text.split(',').map((word) => readStep(word.trim()));
  const isGrowing = steps.every((step, i) => i === 0 || grows(steps[i - 1] as Step, step));
  if (!isGrowing) throw new Error('expected steps that grow: proxies first, then shares');
  const last = steps.at(-1);
  if (last?.kind === 'share' && last.share === 1) return steps;
  throw new Error('expected 100% as the last step');
}

export const formatStep = (step: Step): string =>
  step.kind === 'count' ? String(step.count) : `${Math.round(step.share * 100_000) / 1000}%`;
