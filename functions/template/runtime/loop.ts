import { same } from '../values/compare.ts';
import { iterate } from '../values/iteration.ts';
import type { Kwargs } from '../values/classes/kwargs.ts';
import { Callable, NativeFunction } from '../values/classes/object.ts';
import { typeError } from '../values/python-error.ts';
import { Undefined } from '../values/classes/undefined.ts';
import type { RenderState } from './state.ts';

/** Renders the items within an item, in a recursive loop. */
export type Recurse = (items: unknown, depth: number) => unknown;

interface LoopOptions {
  readonly test: ((item: unknown) => boolean) | undefined;
  readonly recurse: Recurse | undefined;
  readonly depth0: number;
  readonly state: RenderState;
}

const NONE = Symbol('none');

/** The loop of a `for`, and the variable `loop` in it: Jinja2's `LoopContext`. Items are taken one by one. */
export class Loop extends Callable {
  readonly typeName = 'LoopContext';
  item: unknown = NONE;
  index0 = -1;
  readonly depth0: number;
  private readonly state: RenderState;
  private readonly recurse: Recurse | undefined;
  private readonly test: ((item: unknown) => boolean) | undefined;
  /** The items, where they are a list that nothing is left out of. */
  private readonly list: readonly unknown[] | undefined;
  private source: Iterator<unknown>;
  private before: unknown = NONE;
  private after: unknown = NONE;
  private isAhead = false;
  private count: number | undefined;
  private lastChanged: readonly unknown[] | undefined;

  constructor(iterable: unknown, { test, recurse, depth0, state }: LoopOptions) {
    super();
    const items = iterate(iterable);
    this.test = test;
    this.list = test === undefined && Array.isArray(items) ? items : undefined;
    this.source = this.list === undefined ? items[Symbol.iterator]() : NOTHING;
    this.recurse = recurse;
    this.depth0 = depth0;
    this.state = state;
  }

  override get qualifiedName(): string {
    return 'jinja2.runtime.LoopContext';
  }

  /** Goes to the next item; says whether there is one. */
  next(): boolean {
    this.state.step();
    if (this.list === undefined) return this.take();
    if (this.index0 + 1 >= this.list.length) return false;
    this.before = this.item;
    this.item = this.list[++this.index0];
    return true;
  }

  private take(): boolean {
    const item = this.peek();
    if (item === NONE) return false;
    this.isAhead = false;
    this.before = this.item;
    this.item = item;
    this.index0++;
    return true;
  }

  /** The item after the current one, or `NONE`. */
  private peek(): unknown {
    if (this.list !== undefined) {
      return this.index0 + 1 < this.list.length ? this.list[this.index0 + 1] : NONE;
    }
    if (this.isAhead) return this.after;
    this.after = this.read();
    this.isAhead = true;
    return this.after;
  }

  private read(): unknown {
    for (;;) {
      const { done, value } = this.source.next();
      if (done) return NONE;
      if (this.test === undefined || this.test(value)) return value;
      this.state.step();
    }
  }

  /** The number of items: where it is not known, all that are left are taken at once. */
  get length(): number {
    if (this.count === undefined) {
      if (this.list !== undefined) this.count = this.list.length;
      else {
        const left: unknown[] = [];
        const ahead = this.isAhead && this.after !== NONE ? 1 : 0;
        for (let item = this.read(); item !== NONE; item = this.read()) left.push(item);
        this.source = left[Symbol.iterator]();
        this.count = this.index + ahead + left.length;
      }
    }
    return this.count;
  }

  get index(): number {
    return this.index0 + 1;
  }

  get revindex(): number {
    return this.length - this.index0;
  }

  get revindex0(): number {
    return this.length - this.index;
  }

  get first(): boolean {
    return this.index0 === 0;
  }

  get last(): boolean {
    return this.peek() === NONE;
  }

  get depth(): number {
    return this.depth0 + 1;
  }

  get previtem(): unknown {
    return this.first ? Undefined.because('there is no previous item') : this.before;
  }

  get nextitem(): unknown {
    const item = this.peek();
    return item === NONE ? Undefined.because('there is no next item') : item;
  }

  /** `loop.cycle(...)`. */
  cycle(args: readonly unknown[]): unknown {
    if (args.length === 0) throw typeError('no items for cycling given');
    return args[this.index0 % args.length];
  }

  private changed(args: readonly unknown[]): boolean {
    const last = this.lastChanged;
    const isSame =
      last !== undefined &&
      last.length === args.length &&
      last.every((value, i) => same(value, args[i]));
    this.lastChanged = args;
    return !isSame;
  }

  override attribute(name: string): unknown {
    return Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name]?.(this) : undefined;
  }

  static readonly attributes: Readonly<Record<string, (loop: Loop) => unknown>> = {
    index: (loop) => loop.index,
    index0: (loop) => loop.index0,
    revindex: (loop) => loop.revindex,
    revindex0: (loop) => loop.revindex0,
    first: (loop) => loop.first,
    last: (loop) => loop.last,
    length: (loop) => loop.length,
    depth: (loop) => loop.depth,
    depth0: (loop) => loop.depth0,
    previtem: (loop) => loop.previtem,
    nextitem: (loop) => loop.nextitem,
    cycle: (loop) => new NativeFunction('cycle', (args) => loop.cycle(args)),
    changed: (loop) => new NativeFunction('changed', (args) => loop.changed(args)),
  };

  call(args: readonly unknown[], kwargs?: Kwargs): unknown {
    const items = args.length > 0 ? args[0] : kwargs?.get('iterable');
    const given = args.length + (kwargs?.size ?? 0);
    if (given !== 1 || items === undefined) {
      throw typeError(
        given === 0
          ? "LoopContext.__call__() missing 1 required positional argument: 'iterable'"
          : `LoopContext.__call__() takes 2 positional arguments but ${given + 1} were given`,
      );
    }
    const { recurse } = this;
    if (recurse === undefined) {
      throw typeError("The loop must have the 'recursive' marker to be called recursively.");
    }
    return this.state.nested(() => recurse(items, this.depth));
  }

  override repr(): string {
    return `<LoopContext ${this.index}/${this.length}>`;
  }
}

const ATTRIBUTES = Loop.attributes;
const NOTHING: Iterator<unknown> = [][Symbol.iterator]();
