import { type AlignedLines, alignLines, type SourceLine } from './alignment.ts';
import type { Printed } from './log.ts';
import type { Step, TracedPlace } from './place.ts';
import type { Reader } from './reader.ts';
import type { Numbers } from './numbers.ts';
import { firstBehind, NOTHING, type Span, sameIn } from './spans.ts';

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
  /** The indexes of its spans. */
  readonly list: Numbers;
  /** Where what the spans tell of begins in the text. */
  readonly base: number;
  readonly from: number;
  readonly to: number;
  /** Those around the text, where it was put together elsewhere, and where that is printed. */
  readonly steps: readonly Step[];
  readonly values: readonly unknown[];
}

/** A contribution, and whether the part is not blank altogether. */
type Found = Omit<Contribution, 'end'> & { end: number; readonly isInked: boolean };

/** A part of it that one place gave. */
type Part = Look & { readonly step: number };

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

interface Joined {
  readonly outer: readonly Step[];
  readonly step: number;
  readonly steps: readonly Step[];
}

const NONE: readonly never[] = [];

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
  /** The last one asked for: that of the places of a line is the same. */
  private joined: Joined = { outer: NONE, step: NOTHING, steps: NONE };

  constructor(text: string, reader: Reader) {
    this.text = text;
    this.reader = reader;
  }

  /** How much of the output is told: all of it. */
  get length(): number {
    const { spans, whole } = this.reader;
    return whole.length === 0 ? 0 : spans.endOf(whole.at(whole.length - 1));
  }

  /**
   * Who gave what of a part of the output is not blank, in order; of one that is blank altogether, who gave that. What a
   * line of a template gives in the midst of the same is told as one.
   */
  contributions(from: number, to: number): readonly Contribution[] {
    const { text, reader } = this;
    const found: Found[] = [];
    const look = { text, list: reader.whole, base: 0, from, to, steps: NONE, values: NONE };
    this.look(look, found);
    const inked = found.filter(({ isInked }) => isInked);
    return inked.length > 0 ? inked : found;
  }

  private look(look: Look, found: Found[]): void {
    const { list, base, from, to } = look;
    const { spans } = this.reader;
    const endAt = (i: number) => (i < 0 ? 0 : spans.endOf(list.at(i)));
    for (let i = firstBehind(list.length, endAt, from - base); i < list.length; i++) {
      const begin = base + endAt(i - 1);
      if (begin >= to) return;
      const span = spans.at(list.at(i));
      const start = Math.max(begin, from);
      const end = Math.min(base + endAt(i), to);
      const { step } = span;
      const last = found.at(-1);
      if (last !== undefined && this.isMore(span, look, last)) last.end = end;
      else this.lookAt(span, { ...look, base: begin, from: start, to: end, step }, found);
    }
  }

  /** Whether a span says nothing that the part before it does not say: thousands of lines are told at once. */
  private isMore({ place: index, step, object }: Span, look: Look, last: Found): boolean {
    const place = this.reader.parts[index] as TracedPlace;
    return (
      object === NOTHING &&
      last.isInked &&
      place.line === last.line &&
      place.template === last.template &&
      place.variables.length === 0 &&
      last.values === look.values &&
      !(place.text !== undefined && NEWLINE.test(place.text)) &&
      last.steps === this.stepsOf(look.steps, step)
    );
  }

  /** The steps of what was put together elsewhere, after those of where it is given. */
  private stepsOf(outer: readonly Step[], step: number): readonly Step[] {
    const chain = this.reader.steps.chainOf(step);
    if (outer.length === 0) return chain;
    if (this.joined.outer !== outer || this.joined.step !== step) {
      const steps = telling([...outer, ...chain.filter((own) => !outer.includes(own))]);
      this.joined = { outer, step, steps };
    }
    return this.joined.steps;
  }

  private lookAt({ place: index, object }: Span, part: Part, found: Found[]): void {
    const place = this.reader.parts[index] as TracedPlace;
    if (object === NOTHING) {
      found.push(this.tell(place, part));
      return;
    }
    const print: Step = { kind: 'print', place, values: [] };
    const within = { ...part, steps: [...this.stepsOf(part.steps, part.step), print] };
    const same = sameIn(object);
    if (same >= 0) {
      this.look({ ...within, list: this.reader.listOf(same) }, found);
      return;
    }
    const made = this.reader.objects[object] as Printed;
    const [source] = made.sources;
    const values = [...part.values, ...made.values];
    if (source === undefined) found.push(this.tell(place, { ...part, values }));
    else if (source.text === made.text) {
      this.look({ ...within, list: this.reader.listOf(source.index), values }, found);
    } else this.lookByLine(made, place, { part: { ...within, values }, found });
  }

  private tell(place: TracedPlace, part: Part): Found {
    const { text, base, from, to, values } = part;
    const ink = firstInk(text, from, to);
    const { template, variables } = place;
    const { line, column } = placeIn(place, (ink < to ? ink : from) - base);
    const steps = this.stepsOf(part.steps, part.step);
    const told = { template, line, column, variables, steps, values, start: from, end: to };
    return { ...told, isInked: ink < to };
  }

  /** Line by line, since the characters are not those that went in. */
  private lookByLine(
    made: Printed,
    place: TracedPlace,
    { part, found }: { readonly part: Part; readonly found: Found[] },
  ): void {
    const aligned = this.aligned.get(made) ?? alignLines(made.text, made.sources);
    this.aligned.set(made, aligned);
    const { ends, sources } = aligned;
    const { base, from, to } = part;
    const first = firstBehind(ends.length, (i) => ends[i] as number, from - base);
    let start = from;
    for (let i = first; start < to; i++) {
      const end = Math.min(base + (ends[i] as number), to);
      const line = { ...part, from: start, to: end };
      const source = sources[i];
      start = end;
      found.push((source && this.firstOf(source, line)) ?? this.tell(place, line));
    }
  }

  /** Who gave what a line begins with that went into a part. */
  private firstOf({ capture, start }: SourceLine, part: Part): Found | undefined {
    const { text } = capture;
    const list = this.reader.listOf(capture.index);
    const found: Found[] = [];
    this.look({ ...part, text, list, base: 0, from: start, to: start + 1 }, found);
    return found[0] && { ...found[0], start: part.from, end: part.to };
  }
}
