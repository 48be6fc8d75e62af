import { type AlignedLines, alignLines, type SourceLine } from './alignment.ts';
import type { Capture, Printed } from './log.ts';
import type { Step, TracedPlace } from './place.ts';
import type { Reader } from './reader.ts';
import { firstBehind, NOTHING, type Span, type SpanRange } from './spans.ts';

/** A place of a template that gave a part of the output. */
export interface Contribution {
  readonly template: string;
  /** Counted from 1: where in the template that stands which the part begins with. */
  readonly line: number;
  readonly column: number;
  readonly variables: readonly string[];
  /** What the render was in the midst of, the outermost first. */
  readonly steps: readonly Step[];
  /** What variables held there. */
  readonly values: readonly unknown[];
  /** The part itself. */
  readonly start: number;
  readonly end: number;
}

/** A part of a text that is looked at, and how one came there. */
interface Look {
  readonly text: string;
  readonly range: SpanRange;
  /** Where what the spans tell of begins in the text. */
  readonly base: number;
  readonly from: number;
  readonly to: number;
  /** Steps by their numbers, and where what was put together elsewhere is printed. */
  readonly steps: readonly (number | Step)[];
  readonly values: readonly unknown[];
}

const BLANK = /\s/;
/** A template's text may be given with another one than its source has. */
const NEWLINE = /\r\n|\r|\n/;

/** The first position that is not blank, or the end. */
function firstInk(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && BLANK.test(text.charAt(at))) at++;
  return at;
}

/** Without what says no more than the step within it: that a macro is printed where it is called. */
function telling(steps: readonly Step[]): readonly Step[] {
  return steps.filter(({ kind, place }, i) => {
    const next = steps[i + 1]?.place;
    return kind !== 'print' || next?.template !== place.template || next.line !== place.line;
  });
}

type Position = Pick<TracedPlace, 'line' | 'column'>;

/** Where in a template a character of its own text stands. */
function placeIn({ line, column, text }: TracedPlace, at: number): Position {
  if (text === undefined) return { line, column };
  const before = text.slice(0, at).split(NEWLINE);
  const last = before.at(-1)?.length ?? 0;
  return {
    line: line + before.length - 1,
    column: before.length === 1 ? column + last : last + 1,
  };
}

/** What a render gave, and who gave which part of it. */
export class Traced {
  readonly text: string;
  private readonly reader: Reader;
  private readonly aligned = new WeakMap<Printed, AlignedLines>();

  constructor(text: string, reader: Reader) {
    this.text = text;
    this.reader = reader;
  }

  /** How much of the output is told: all of it. */
  get length(): number {
    const { spans, whole } = this.reader;
    return whole.end === whole.first ? 0 : spans.endOf(whole.end - 1);
  }

  /** Who gave what of a part of the output is not blank, in order; of one that is blank altogether, who gave that. */
  contributions(from: number, to: number): readonly Contribution[] {
    const { text, reader } = this;
    const look = { text, range: reader.whole, base: 0, from, to, steps: [], values: [] };
    const found = [...this.look(look)];
    const inked = found.filter(({ start, end }) => firstInk(text, start, end) < end);
    return inked.length > 0 ? inked : found;
  }

  private *look(look: Look): Generator<Contribution> {
    const { range, base, from, to } = look;
    const { spans } = this.reader;
    const endOf = (index: number) => spans.endOf(index);
    for (let i = firstBehind(endOf, range, from - base); i < range.end; i++) {
      const begin = base + (i === range.first ? 0 : spans.endOf(i - 1));
      if (begin >= to) return;
      const span = spans.at(i);
      const start = Math.max(begin, from);
      const end = Math.min(base + spans.endOf(i), to);
      const steps = this.joined(look.steps, span.step);
      yield* this.lookAt(span, { ...look, base: begin, from: start, to: end, steps });
    }
  }

  /** The steps of what was put together elsewhere, after those of where it is given. */
  private joined(outer: Look['steps'], step: number): Look['steps'] {
    const chain = this.reader.steps.chainOf(step);
    return outer.length === 0 ? chain : [...outer, ...chain.filter((own) => !outer.includes(own))];
  }

  private *lookAt({ place: index, object }: Span, look: Look): Generator<Contribution> {
    const place = this.reader.parts[index] as TracedPlace;
    if (object === NOTHING) {
      yield this.tell(place, look);
      return;
    }
    const made = this.reader.objects[object] as Capture | Printed;
    const print: Step = { kind: 'print', place, values: [] };
    const within = { ...look, steps: [...look.steps, print] };
    if (!('sources' in made)) {
      yield* this.look({ ...within, range: this.reader.rangeOf(made) });
      return;
    }
    const [source] = made.sources;
    const values = [...look.values, ...made.values];
    if (source === undefined) yield this.tell(place, { ...look, values });
    else if (source.text === made.text) {
      yield* this.look({ ...within, range: this.reader.rangeOf(source), values });
    } else yield* this.lookByLine(made, place, { ...within, values });
  }

  private tell(place: TracedPlace, { text, base, from, to, steps, values }: Look): Contribution {
    const ink = firstInk(text, from, to);
    const { template, variables } = place;
    const at = placeIn(place, (ink < to ? ink : from) - base);
    const read = (step: number | Step): Step =>
      typeof step === 'number' ? this.reader.steps.read(step) : step;
    const told = telling(steps.map(read));
    return { template, ...at, variables, steps: told, values, start: from, end: to };
  }

  /** Line by line, since the characters are not those that went in. */
  private *lookByLine(made: Printed, place: TracedPlace, look: Look): Generator<Contribution> {
    const aligned = this.aligned.get(made) ?? alignLines(made.text, made.sources);
    this.aligned.set(made, aligned);
    const { ends, sources } = aligned;
    const { base, from, to } = look;
    const range = { first: 0, end: ends.length };
    const first = firstBehind((index) => ends[index] as number, range, from - base);
    let start = from;
    for (let i = first; start < to; i++) {
      const end = Math.min(base + (ends[i] as number), to);
      const part = { ...look, from: start, to: end };
      const source = sources[i];
      start = end;
      yield (source && this.firstOf(source, part)) ?? this.tell(place, part);
    }
  }

  /** Who gave what a line begins with that went into a part. */
  private firstOf({ capture, start }: SourceLine, part: Look): Contribution | undefined {
    const { text } = capture;
    const range = this.reader.rangeOf(capture);
    const [found] = this.look({ ...part, text, range, base: 0, from: start, to: start + 1 });
    return found && { ...found, start: part.from, end: part.to };
  }
}
