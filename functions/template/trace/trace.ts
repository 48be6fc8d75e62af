import { Markup } from '../values/classes/markup.ts';
import { type Capture, Log, MARK, type NamedStep, type Printed } from './log.ts';
import type { Step } from './place.ts';

/** What a text was put together from is told by its characters beyond so many; shorter ones may be anything's. */
const TELLING_LENGTH = 16;
/** Texts that one expression was made of. */
const MOST_SOURCES = 8;

const NOTHING: readonly unknown[] = [];
const NONE: readonly Capture[] = [];

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const mayBeText = (value: unknown): boolean => typeof value === 'string' || value instanceof Markup;

/**
 * Writes down, beside a render, what gives which part of its output. The output does not change by it. Compiled
 * templates call it, and name places by their index.
 */
export class Trace {
  readonly log = new Log();
  /** The place of the call or include that is being made. */
  at = 0;
  /** What the expression that is being printed was put together from: the last one, and those before it. */
  private last: Capture | undefined;
  private before = NONE;
  /** The same, in turn, of the expressions around what is put together apart. */
  private readonly outer: (Capture | undefined | readonly Capture[])[] = [];
  /** Those that are long enough to be told by their text. */
  private readonly telling: Capture[] = [];
  private readonly byText = new Map<string, Capture>();
  private indexed = 0;
  private ends = 0;

  /** Output of these places follows. */
  output(index: number): void {
    this.log.mark(MARK.output, index);
  }

  /** The text of an expression of which the source tells everything. */
  add(text: string): string {
    this.log.codes.push(text.length);
    return text;
  }

  /** Before an expression that may put texts together is printed. */
  open(): this {
    this.last = undefined;
    this.before = NONE;
    return this;
  }

  /**
   * The text of an expression.
   *
   * @param held what variables in it hold that may be texts put together elsewhere
   * @param values what those hold that the source does not tell
   */
  print(text: string, held = NOTHING, values = NOTHING): string {
    const { last } = this;
    const objects = values.some(isObject) ? values.filter(isObject) : NOTHING;
    if (last?.text === text && objects.length === 0) this.done(last);
    else this.note(text, held, objects);
    return this.add(text);
  }

  /** The same, with one variable that may hold such a text. */
  printOne(text: string, held: unknown): string {
    return this.print(text, mayBeText(held) ? [held] : NOTHING);
  }

  /** Notes what went into a text that is not the last one that was put together. */
  private note(text: string, held: readonly unknown[], values: readonly unknown[]): void {
    const { last, before } = this;
    const found: Capture[] = [];
    for (const value of held) {
      const capture = this.find(value);
      if (capture) found.push(capture);
    }
    if (found.length === 0 && !last && values.length === 0) return;
    const all = [...found, ...before, ...(last ? [last] : [])];
    const same = all.findLast((capture) => capture.text === text);
    const sources = same ? [same] : all;
    this.log.markWith(MARK.printed, { text, sources, values } satisfies Printed);
  }

  /** It is printed as it is, just after it was put together: no variable has it. */
  private done(capture: Capture): void {
    if (this.telling.at(-1) === capture) this.telling.pop();
    capture.text = '';
    this.log.mark(MARK.same);
  }

  /** The text of a statement that puts texts together, by the index of its place. */
  give(text: string, index: number): string {
    this.output(index - 1);
    return this.print(text);
  }

  /** What a value was put together from: a text by itself, or just before as the argument of a macro. */
  private find(value: unknown): Capture | undefined {
    const text = value instanceof Markup ? value.text : value;
    if (typeof text !== 'string' || text === '') return undefined;
    const { outer } = this;
    const last = outer[outer.length - 2] as Capture | undefined;
    if (last?.text === text) return last;
    const before = outer[outer.length - 1] as readonly Capture[] | undefined;
    const argument = before?.find((capture) => capture.text === text);
    return argument ?? (text.length < TELLING_LENGTH ? undefined : this.known(text));
  }

  private known(text: string): Capture | undefined {
    for (; this.indexed < this.telling.length; this.indexed++) {
      const capture = this.telling[this.indexed] as Capture;
      this.byText.set(capture.text, capture);
    }
    return this.byText.get(text);
  }

  private apart(): void {
    this.outer.push(this.last, this.before);
    this.open();
  }

  /** What follows is put together apart. */
  begin(): void {
    this.log.mark(MARK.begin);
    this.apart();
  }

  /** That which was put together apart. */
  end(text: string): string {
    const capture: Capture = { text, index: this.ends++ };
    this.log.mark(MARK.end);
    this.before = this.outer.pop() as readonly Capture[];
    const last = this.outer.pop() as Capture | undefined;
    if (last) this.before = [...this.before.slice(2 - MOST_SOURCES), last];
    this.last = capture;
    if (text.length >= TELLING_LENGTH) this.telling.push(capture);
    return text;
  }

  /** A round of a loop begins. */
  round(index: number, item: unknown): void {
    this.log.markWith(MARK.round, item, index);
  }

  leave(): void {
    this.log.mark(MARK.leave);
  }

  /** By the time that its last operand is evaluated, a call is made from here. */
  from<T>(index: number, operand: T): T {
    this.at = index;
    return operand;
  }

  /** Runs what gives text right here: a block, an included template. */
  within(kind: Step['kind'], name: string | undefined, run: () => string): string {
    const { at } = this;
    this.log.markWith(MARK.enter, { kind, name } satisfies NamedStep, at);
    const text = run();
    this.leave();
    this.at = at;
    return text;
  }

  /** Runs what gives text apart: a macro with its arguments, an imported template. */
  call(named: NamedStep, values: readonly unknown[], run: () => string): string {
    const { at } = this;
    this.log.markWith(MARK.call, named, at);
    this.log.objects.push(values);
    this.apart();
    const text = this.end(run());
    this.at = at;
    return text;
  }

  /** Gives the text of an imported template once more. */
  again(text: string): string {
    const capture = this.known(text);
    this.output(this.at - 1);
    if (capture)
      this.log.markWith(MARK.printed, {
        text,
        sources: [capture],
        values: NOTHING,
      } satisfies Printed);
    return this.add(text);
  }
}
