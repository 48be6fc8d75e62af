import type { Admitted, Candidate } from '../core/rollout.ts';
import type { Member } from './member.ts';
import { placeOf } from './place.ts';
import type { Step } from './step.ts';

const NOBODY: Admitted = { names: [], below: 0 };
/** Names that one object may hold. */
const MOST_NAMES = 200;

/** What a step admits of a fleet whose proxies have not been counted. */
function uncounted(step: Step): Admitted {
  return step.kind === 'share' ? { names: [], below: step.share } : NOBODY;
}

/** The step that a candidate is in; the last one where the settings have fewer by now. */
export function stepOf(candidate: Candidate, steps: readonly Step[]): Step {
  return (steps[candidate.step] ?? steps.at(-1)) as Step;
}

export const isLastStep = ({ step }: Candidate, steps: readonly Step[]): boolean =>
  step >= steps.length - 1;

/** Whether a proxy is to run the candidate. */
export function isAdmitted(
  candidate: Candidate,
  { name, fleet }: Member,
  steps: readonly Step[],
): boolean {
  const step = stepOf(candidate, steps);
  const { names, below } = candidate.admitted[fleet] ?? uncounted(step);
  return below === 1 || names.includes(name) || placeOf(name, candidate.hash) < below;
}

/** The fewest places that this many of the proxies are below. */
function boundOf(places: readonly number[], count: number): number {
  return count >= places.length ? 1 : (places[count] as number);
}

/** The proxies of a fleet in the order in which they are admitted, each with its place. */
function lineOf(
  { hash }: Candidate,
  fleet: string,
  proxies: readonly Member[],
): readonly [number, string][] {
  return proxies
    .filter((proxy) => proxy.fleet === fleet)
    .map(({ name }): [number, string] => [placeOf(name, hash), name])
    .sort(([a, x], [b, y]) => a - b || (x < y ? -1 : 1));
}

function admit(before: Admitted, inLine: readonly [number, string][], step: Step): Admitted {
  const { names } = before;
  if (step.kind === 'count') {
    const isNew = ([place, name]: readonly [number, string]) =>
      place >= before.below && !names.includes(name);
    const more = inLine.filter(isNew).slice(0, Math.max(0, step.count - names.length));
    return { names: [...names, ...more.map(([, name]) => name)].sort(), below: before.below };
  }
  if (step.share === 1) return { names: [], below: 1 };
  const count = Math.ceil(step.share * inLine.length - 1e-9);
  const places = inLine.map(([place]) => place);
  const below = inLine.length === 0 ? step.share : boundOf(places, count);
  return { names, below: Math.max(below, before.below) };
}

/**
 * Admits as many proxies of each fleet as the candidate's step says, of those that are known here; whoever is admitted
 * already stays so.
 */
export function admitStep(
  candidate: Candidate,
  proxies: readonly Member[],
  steps: readonly Step[],
): Candidate {
  const step = stepOf(candidate, steps);
  const fleets = new Set([...Object.keys(candidate.admitted), ...proxies.map((p) => p.fleet)]);
  const admitted = [...fleets].sort().map((fleet): [string, Admitted] => {
    const inLine = lineOf(candidate, fleet, proxies);
    return [fleet, admit(candidate.admitted[fleet] ?? NOBODY, inLine, step)];
  });
  return { ...candidate, admitted: Object.fromEntries(admitted) };
}

/** Admits one more of each fleet, by name: those that were admitted have gone. */
export function admitMore(candidate: Candidate, proxies: readonly Member[]): Candidate {
  const fleets = [...new Set(proxies.map(({ fleet }) => fleet))].sort();
  const admitted = fleets.map((fleet): [string, Admitted] => {
    const before = candidate.admitted[fleet] ?? NOBODY;
    const [first] = lineOf(candidate, fleet, proxies).filter(
      ([place, name]) => place >= before.below && !before.names.includes(name),
    );
    const names = first ? [...before.names, first[1]].slice(-MOST_NAMES).sort() : before.names;
    return [fleet, { ...before, names }];
  });
  return { ...candidate, admitted: { ...candidate.admitted, ...Object.fromEntries(admitted) } };
}

/** Whether a step that admits by name has fewer than it says, though more are known here. */
export function isShort(
  candidate: Candidate,
  proxies: readonly Member[],
  steps: readonly Step[],
): boolean {
  if (stepOf(candidate, steps).kind === 'share') return false;
  const after = admitStep(candidate, proxies, steps);
  const count = ({ admitted }: Candidate) =>
    Object.values(admitted).reduce((sum, { names }) => sum + names.length, 0);
  return count(after) > count(candidate);
}
