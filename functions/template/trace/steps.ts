import { indexOf, MARK, markOf, type NamedStep } from './log.ts';
import { Numbers } from './numbers.ts';
import type { Step, TracedParts, TracedPlace } from './place.ts';

/** No step at all. */
export const NOWHERE = -1;

const NO_STEPS: readonly Step[] = [];

/** The steps of a render, as numbers until they are asked for. */
export class Steps {
  private readonly parts: TracedParts;
  private readonly objects: readonly unknown[];
  private readonly parents = new Numbers();
  private readonly codes = new Numbers();
  private readonly objectOf = new Numbers();
  private readonly chains = new Map<number, readonly Step[]>();

  constructor(parts: TracedParts, objects: readonly unknown[]) {
    this.parts = parts;
    this.objects = objects;
  }

  /** A step within another, by the mark that it begins with. */
  add(parent: number, code: number, object: number): number {
    this.parents.push(parent);
    this.codes.push(code);
    this.objectOf.push(object);
    return this.parents.length - 1;
  }

  parentOf(step: number): number {
    return step === NOWHERE ? NOWHERE : this.parents.at(step);
  }

  /** The steps from the outermost one to this: the same list each time. */
  chainOf(step: number): readonly Step[] {
    if (step === NOWHERE) return NO_STEPS;
    const chain = this.chains.get(step) ?? [
      ...this.chainOf(this.parents.at(step)),
      this.read(step),
    ];
    this.chains.set(step, chain);
    return chain;
  }

  private read(step: number): Step {
    const code = this.codes.at(step);
    const place = this.parts[indexOf(code)] as TracedPlace;
    const first = this.objectOf.at(step);
    const object = this.objects[first];
    const mark = markOf(code);
    if (mark === MARK.round) return { kind: 'round', place, values: [object] };
    const { kind, name } = object as NamedStep;
    const values = mark === MARK.call ? (this.objects[first + 1] as Step['values']) : [];
    return { kind, name, place, values };
  }
}
