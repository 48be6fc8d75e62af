import { type Capture, indexOf, type Log, MARK, type Mark, markOf } from './log.ts';
import type { TracedOutput, TracedParts, TracedPlace } from './place.ts';
import { NOTHING, type SpanRange, Spans } from './spans.ts';
import { NOWHERE, Steps } from './steps.ts';

/** A text in the midst of being read: the output, or one that was put together apart. */
interface Reading {
  /** Its first span among those that are not whole yet. */
  readonly first: number;
  length: number;
  step: number;
  /** The place that gives what is next, and the one behind the last of the output. */
  next: number;
  end: number;
}

const reading = (first: number, step: number): Reading => ({
  first,
  length: 0,
  step,
  next: 0,
  end: 0,
});

/** Reads what was written down beside a render. */
export class Reader {
  readonly parts: TracedParts;
  readonly objects: readonly unknown[];
  readonly steps: Steps;
  readonly spans = new Spans();
  /** Those of the whole output. */
  readonly whole: SpanRange;
  private readonly ranges = new Map<Capture, SpanRange>();
  /** The spans of texts that are not whole yet: those of the innermost one are the last. */
  private readonly open = new Spans();
  private readonly outer: Reading[] = [];
  private reading = reading(0, NOWHERE);
  private object = 0;
  /** What is told of the next length. */
  private told = NOTHING;

  constructor({ codes, objects }: Log, parts: TracedParts) {
    this.objects = objects;
    this.parts = parts;
    this.steps = new Steps(parts, objects);
    for (let i = 0; i < codes.length; i++) this.take(codes.at(i));
    this.whole = this.close();
  }

  /** Who gave which part of a text that was put together apart. */
  rangeOf(capture: Capture): SpanRange {
    return this.ranges.get(capture) ?? { first: 0, end: 0 };
  }

  private add(length: number, place: number, object: number): void {
    const { reading: text } = this;
    if (length === 0) return;
    text.length += length;
    this.open.add(text.length, { place, step: text.step, object });
  }

  /** What the template gives by itself has no length of its own in the log. */
  private takeText(): void {
    const { reading: text } = this;
    for (; text.next < text.end; text.next++) {
      const own = (this.parts[text.next] as TracedPlace).text;
      if (own === undefined) return;
      this.add(own.length, text.next, NOTHING);
    }
  }

  /** What the next expression gave. */
  private takeLength(length: number): void {
    this.add(length, this.reading.next++, this.told);
    this.told = NOTHING;
    this.takeText();
  }

  private takeOutput(index: number): void {
    const { count } = this.parts[index] as TracedOutput;
    this.reading.next = index + 1;
    this.reading.end = index + 1 + count;
    this.takeText();
  }

  /** The spans of the text that is being read, which is whole now. */
  private close(): SpanRange {
    const first = this.spans.length;
    this.spans.move(this.open, this.reading.first);
    return { first, end: this.spans.length };
  }

  private begin(step: number): void {
    this.outer.push(this.reading);
    this.reading = reading(this.open.length, step);
  }

  private end(): void {
    this.ranges.set(this.objects[this.object++] as Capture, this.close());
    this.reading = this.outer.pop() as Reading;
  }

  private stepAt(code: number): number {
    return this.steps.add(this.reading.step, code, this.object++);
  }

  private take(code: number): void {
    if (code >= 0) this.takeLength(code);
    else this.takeMark(markOf(code), code);
  }

  private takeMark(mark: Mark, code: number): void {
    const { reading: text } = this;
    switch (mark) {
      case MARK.output:
        this.takeOutput(indexOf(code));
        break;
      case MARK.same:
      case MARK.printed:
        this.told = this.object++;
        break;
      case MARK.round:
      case MARK.enter:
        text.step = this.stepAt(code);
        break;
      case MARK.leave:
        text.step = this.steps.parentOf(text.step);
        break;
      case MARK.call:
        this.begin(this.stepAt(code));
        break;
      case MARK.begin:
        this.begin(text.step);
        break;
      case MARK.end:
        this.end();
    }
  }
}
