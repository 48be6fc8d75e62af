import {
  CONFIG,
  changedUnits,
  holdBack,
  type Intent,
  placeOf,
  serviceOf,
  type Unit,
} from '../core/intent.ts';
import type { RenderedFile } from '../core/render.ts';
import { readService } from '../core/services.ts';
import type { Clue, Fault } from './fault.ts';
import type { Held } from './search.ts';
import { traceLine } from './trace.ts';

export interface CandidateOptions {
  /** The intent as people wrote it. */
  readonly whole: Intent;
  /** The last good one. */
  readonly base: Intent | undefined;
  readonly namespace: string;
}

type Files = (intent: Intent) => Promise<readonly RenderedFile[] | undefined>;

/** An intent that is to be judged, beside the last good one. */
export interface Candidate {
  /** The last good intent, or an empty one. */
  readonly before: Intent;
  /** What needs no try to be known as bad. */
  readonly odd: Held;
  /** The rest. */
  readonly target: Intent;
  /** What of the rest differs from the last good intent. */
  readonly changed: readonly Unit[];
  /** The rest without these units: the same object as long as the same ones are asked for. */
  without(units: ReadonlySet<Unit>): Intent;
  /** The changed units that lines of a render without `held` come from. */
  trace(
    references: readonly Clue[],
    held: ReadonlySet<Unit>,
    files: Files,
  ): Promise<readonly Unit[]>;
}

const NOTHING: Intent = {};

/** Services that are new or changed and cannot be read: nothing needs to be rendered to know that they are bad. */
function unreadable(changed: readonly Unit[], newest: Intent, namespace: string): Held {
  const held = new Map<Unit, Fault>();
  for (const unit of changed) {
    const name = serviceOf(unit);
    const text = name === undefined ? undefined : newest.services?.[name];
    if (name === undefined || text === undefined) continue;
    const { object } = placeOf(unit, namespace);
    const result = readService({ object, name, text });
    if (result.kind === 'problem')
      held.set(unit, { stage: 'render', diagnostic: result.diagnostic, references: [] });
  }
  return held;
}

export function createCandidate({ whole, base, namespace }: CandidateOptions): Candidate {
  const before = base ?? NOTHING;
  const odd: Held = base ? unreadable(changedUnits(before, whole), whole, namespace) : new Map();
  const target = holdBack(whole, before, new Set(odd.keys()));
  const changed = changedUnits(before, target);
  let last: { readonly key: string; readonly intent: Intent } | undefined;

  function without(units: ReadonlySet<Unit>): Intent {
    const key = [...units].sort().join(' ');
    if (last?.key !== key) last = { key, intent: holdBack(target, before, units) };
    return last.intent;
  }

  return {
    before,
    odd,
    target,
    changed,
    without,
    async trace(references, held, files) {
      const suspects = changed.filter((unit) => unit !== CONFIG && !held.has(unit));
      const render = (more: readonly Unit[]) => files(without(new Set([...held, ...more])));
      const traced: Unit[] = [];
      for (const reference of references) {
        const unit = await traceLine(reference, { units: suspects, render });
        if (unit !== undefined && !traced.includes(unit)) traced.push(unit);
      }
      return traced;
    },
  };
}
