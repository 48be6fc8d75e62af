import { Numbers } from './numbers.ts';

/** No object. */
export const NOTHING = -1;

/** A part of a text, and who gave it. */
export interface Span {
  readonly place: number;
  readonly step: number;
  /** The object that says what went into it, or `NOTHING`. */
  readonly object: number;
}

/** Spans one after the other, as numbers. */
export class Spans {
  private readonly ends = new Numbers();
  private readonly places = new Numbers();
  private readonly steps = new Numbers();
  private readonly objects = new Numbers();

  get length(): number {
    return this.ends.length;
  }

  add(end: number, { place, step, object }: Span): void {
    this.ends.push(end);
    this.places.push(place);
    this.steps.push(step);
    this.objects.push(object);
  }

  endOf(index: number): number {
    return this.ends.at(index);
  }

  at(index: number): Span {
    const [place, step] = [this.places.at(index), this.steps.at(index)];
    return { place, step, object: this.objects.at(index) };
  }

  /** Moves those from an index on to the end of these. */
  move(other: Spans, from: number): void {
    this.ends.move(other.ends, from);
    this.places.move(other.places, from);
    this.steps.move(other.steps, from);
    this.objects.move(other.objects, from);
  }
}

/** The spans of one text. */
export interface SpanRange {
  readonly first: number;
  /** Behind the last. */
  readonly end: number;
}

/** The index of the first of a range that ends behind a position; the range's end where none does. */
export function firstBehind(
  endOf: (index: number) => number,
  { first, end }: SpanRange,
  position: number,
): number {
  let [low, high] = [first, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(middle) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
