import { indexOf, type Log, MARK, type Mark, markOf } from './log.ts';
import type { TracedOutput, TracedParts, TracedPlace } from './place.ts';
import { Numbers } from './numbers.ts';
import { NOTHING, Spans, sameAs } from './spans.ts';
import { NOWHERE, Steps } from './steps.ts';

/** A text in the midst of being read: the output, or one that was put together apart. */
class Reading {
  /** Its first span, and the last so far. */
  first = NOTHING;
  last = NOTHING;
  length = 0;
  step = NOWHERE;
  /** The place that gives what is next, and the one behind the last of the output. */
  next = 0;
  end = 0;

  /** Begins another text. */
  begin(step: number): this {
    this.first = NOTHING;
    this.last = NOTHING;
    this.length = 0;
    this.step = step;
    this.next = 0;
    this.end = 0;
    return this;
  }
}

/** Reads what was written down beside a render. */
export class Reader {
  readonly parts: TracedParts;
  readonly objects: readonly unknown[];
  readonly steps: Steps;
  readonly spans: Spans;
  /** The indexes of those of the whole output. */
  readonly whole: Numbers;
  /** The first span of each text that was put together apart, in the order of their ends. */
  private readonly firsts = new Numbers();
  private readonly lists = new Map<number, Numbers>();
  private reading = new Reading();
  /** That and those around it, the outermost first, and some that have ended: thousands of texts are read. */
  private readonly readings = [this.reading];
  private depth = 0;
  /** The one to be added, each time. */
  private readonly span = { place: 0, step: NOWHERE, object: NOTHING };
  private object = 0;
  /** What is told of the next length. */
  private told = NOTHING;

  constructor({ codes, objects }: Log, parts: TracedParts) {
    this.objects = objects;
    this.parts = parts;
    this.steps = new Steps(parts, objects);
    this.spans = new Spans(codes.length);
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
    const { reading: text, span } = this;
    if (length === 0) return;
    text.length += length;
    span.place = place;
    span.step = text.step;
    span.object = object;
    text.last = this.spans.add(text.last, text.length, span);
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
    const next = this.readings[++this.depth] ?? new Reading();
    this.readings[this.depth] = next;
    this.reading = next.begin(step);
  }

  private end(): void {
    this.firsts.push(this.reading.first);
    this.reading = this.readings[--this.depth] as Reading;
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
