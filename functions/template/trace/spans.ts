import { Numbers } from './numbers.ts';

/** No object, or no span. */
export const NOTHING = -1;

/** A part of a text, and who gave it. */
export interface Span {
  readonly place: number;
  readonly step: number;
  /** The object that says what went into it, or `NOTHING`, or which text it is the same as (`sameAs`). */
  readonly object: number;
}

/** Says that a span is the text that was put together apart with this index. */
export const sameAs = (capture: number): number => NOTHING - 1 - capture;
/** The index of that; negative where the span is not the same as any. */
export const sameIn = (object: number): number => NOTHING - 1 - object;

/** Spans of several texts, as numbers, each with the next one of its text. */
export class Spans {
  private readonly ends = new Numbers();
  private readonly places = new Numbers();
  private readonly steps = new Numbers();
  private readonly objects = new Numbers();
  private readonly nexts = new Numbers();

  /** Adds one behind the last one of its text, `NOTHING` where it is the first. @returns its index */
  add(last: number, end: number, { place, step, object }: Span): number {
    const index = this.ends.length;
    this.ends.push(end);
    this.places.push(place);
    this.steps.push(step);
    this.objects.push(object);
    this.nexts.push(NOTHING);
    if (last !== NOTHING) this.nexts.set(last, index);
    return index;
  }

  /** Where it ends in its text. */
  endOf(index: number): number {
    return this.ends.at(index);
  }

  at(index: number): Span {
    const [place, step] = [this.places.at(index), this.steps.at(index)];
    return { place, step, object: this.objects.at(index) };
  }

  /** The indexes of the spans of the text that begins with this one. */
  listFrom(first: number): Numbers {
    const list = new Numbers();
    for (let index = first; index !== NOTHING; index = this.nexts.at(index)) list.push(index);
    return list;
  }
}

/** The place in a sorted list of the first that lies behind a position; its length where none does. */
export function firstBehind(
  length: number,
  endAt: (index: number) => number,
  position: number,
): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endAt(middle) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
