import { indexOf, type Log, MARK, type Mark, markOf } from './log.ts';
import type { TracedOutput, TracedParts, TracedPlace } from './place.ts';
import { Numbers } from './numbers.ts';
import { NOTHING, Spans, sameAs } from './spans.ts';
import { NOWHERE, Steps } from './steps.ts';

/** A text in the midst of being read: the output, or one that was put together apart. */
interface Reading {
  /** Its first span, and the last so far. */
  first: number;
  last: number;
  length: number;
  step: number;
  /** The place that gives what is next, and the one behind the last of the output. */
  next: number;
  end: number;
}

const reading = (step: number): Reading => ({
  first: NOTHING,
  last: NOTHING,
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
  /** The indexes of those of the whole output. */
  readonly whole: Numbers;
  /** The first span of each text that was put together apart, in the order of their ends. */
  private readonly firsts = new Numbers();
  private readonly lists = new Map<number, Numbers>();
  private readonly outer: Reading[] = [];
  private reading = reading(NOWHERE);
  private object = 0;
  /** What is told of the next length. */
  private told = NOTHING;

  constructor({ codes, objects }: Log, parts: TracedParts) {
    this.objects = objects;
    this.parts = parts;
    this.steps = new Steps(parts, objects);
    for (let i = 0; i < codes.length; i++) this.take(codes.at(i));
    this.whole = this.spans.listFrom(this.reading.first);
  }

  /** The indexes of the spans of a text that was put together apart, by its own. */
  listOf(capture: number): Numbers {
    const list = this.lists.get(capture) ?? this.spans.listFrom(this.firsts.at(capture));
    this.lists.set(capture, list);
    return list;
  }

  private add(length: number, place: number, object: number): void {
    const { reading: text } = this;
    if (length === 0) return;
    text.length += length;
    text.last = this.spans.add(text.last, text.length, { place, step: text.step, object });
    if (text.first === NOTHING) text.first = text.last;
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

  private begin(step: number): void {
    this.outer.push(this.reading);
    this.reading = reading(step);
  }

  private end(): void {
    this.firsts.push(this.reading.first);
    this.reading = this.outer.pop() as Reading;
  }

  /** A step that begins here, with as many objects. */
  private stepAt(code: number, objects: number): number {
    const step = this.steps.add(this.reading.step, code, this.object);
    this.object += objects;
    return step;
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
        this.told = sameAs(this.firsts.length - 1);
        break;
      case MARK.printed:
        this.told = this.object++;
        break;
      case MARK.round:
      case MARK.enter:
        text.step = this.stepAt(code, 1);
        break;
      case MARK.leave:
        text.step = this.steps.parentOf(text.step);
        break;
      case MARK.call:
        this.begin(this.stepAt(code, 2));
        break;
      case MARK.begin:
        this.begin(text.step);
        break;
      case MARK.end:
        this.end();
    }
  }
}
