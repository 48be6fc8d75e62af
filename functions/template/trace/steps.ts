import { indexOf, MARK, markOf } from './log.ts';
import { Numbers } from './numbers.ts';
import type { Step, TracedParts, TracedPlace } from './place.ts';

/** No step at all. */
export const NOWHERE = -1;

type Named = Pick<Step, 'kind' | 'name' | 'values'>;

/** The steps of a render, as numbers until they are asked for. */
export class Steps {
  private readonly parts: TracedParts;
  private readonly objects: readonly unknown[];
  private readonly parents = new Numbers();
  private readonly codes = new Numbers();
  private readonly objectOf = new Numbers();

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

  /** The steps from the outermost one to this, by their numbers. */
  chainOf(step: number): readonly number[] {
    const chain: number[] = [];
    for (let s = step; s !== NOWHERE; s = this.parents.at(s)) chain.push(s);
    return chain.reverse();
  }

  read(step: number): Step {
    const code = this.codes.at(step);
    const place = this.parts[indexOf(code)] as TracedPlace;
    const object = this.objects[this.objectOf.at(step)];
    if (markOf(code) === MARK.round) return { kind: 'round', place, values: [object] };
    return { ...(object as Named), place };
  }
}
