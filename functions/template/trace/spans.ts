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

/** What is kept of a span: where it ends in its text, its place, step and object, and the next one of its text. */
const [PLACE, STEP, OBJECT, NEXT, WIDTH] = [1, 2, 3, 4, 5];
/** Parts of a text that was put together apart: a line, mostly. */
const FEW = 16;

/** Spans of several texts, as numbers, each with the next one of its text. */
export class Spans {
  private readonly numbers: Numbers;

  /** @param size how many there will probably be */
  constructor(size: number) {
    this.numbers = new Numbers(WIDTH * size);
  }

  /** Adds one behind the last one of its text, `NOTHING` where it is the first. @returns its index */
  add(last: number, end: number, { place, step, object }: Span): number {
    const { numbers } = this;
    const first = numbers.extend(WIDTH);
    const index = first / WIDTH;
    numbers.set(first, end);
    numbers.set(first + PLACE, place);
    numbers.set(first + STEP, step);
    numbers.set(first + OBJECT, object);
    numbers.set(first + NEXT, NOTHING);
    if (last !== NOTHING) numbers.set(last * WIDTH + NEXT, index);
    return index;
  }

  /** Where it ends in its text. */
  endOf(index: number): number {
    return this.numbers.at(index * WIDTH);
  }

  at(index: number): Span {
    const { numbers } = this;
    const first = index * WIDTH;
    const [place, step] = [numbers.at(first + PLACE), numbers.at(first + STEP)];
    return { place, step, object: numbers.at(first + OBJECT) };
  }

  /** The indexes of the spans of the text that begins with this one. */
  listFrom(first: number): Numbers {
    const { numbers } = this;
    const list = new Numbers(FEW);
    for (let index = first; index !== NOTHING; index = numbers.at(index * WIDTH + NEXT))
      list.push(index);
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
