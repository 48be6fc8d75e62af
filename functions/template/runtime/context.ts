import { MISSING } from './missing.ts';
import type { RenderState } from './state.ts';

/** A compiled root or block. */
export type RenderFunction = (context: Context) => string;

/** Where a context looks for what its template did not set itself. */
export interface Variables {
  /** The value; JavaScript's undefined where there is none. */
  get(name: string): unknown;
  entries(): Iterable<readonly [string, unknown]>;
}

/** The variables of a template while it is rendered: Jinja2's `Context`. */
export class Context {
  /** What the template set at its top level. */
  readonly vars = new Map<string, unknown>();
  readonly exported = new Set<string>();
  readonly blocks: Map<string, RenderFunction[]>;
  readonly parent: Variables;
  readonly name: string | undefined;
  readonly state: RenderState;
  autoescape = false;

  constructor({ parent, name, blocks, state }: ContextParts) {
    this.parent = parent;
    this.name = name;
    this.blocks = new Map(Array.from(blocks, ([block, render]) => [block, [render]]));
    this.state = state;
  }

  /** The value of a name, or `MISSING`. */
  lookup(name: string): unknown {
    const own = this.vars.get(name);
    if (own !== undefined) return own;
    const value = this.parent.get(name);
    return value === undefined ? MISSING : value;
  }

  /** All variables, as the context of an included template sees them. */
  all(locals: readonly (readonly [string, unknown])[] = []): Variables {
    if (this.vars.size === 0 && locals.length === 0) return this.parent;
    const all = new Map(this.vars);
    for (const [name, value] of locals) if (value !== MISSING) all.set(name, value);
    return new Layered(all, this.parent);
  }

  /** A context of the same template with some variables more, for a scoped block. */
  derived(locals: readonly (readonly [string, unknown])[]): Context {
    const context = new Context({
      parent: this.all(locals),
      name: this.name,
      blocks: [],
      state: this.state,
    });
    for (const [name, stack] of this.blocks) context.blocks.set(name, [...stack]);
    context.autoescape = this.autoescape;
    return context;
  }

  /** The block that is rendered for a name: that of the template furthest down the line of `extends`. */
  block(name: string): RenderFunction {
    return (this.blocks.get(name) as RenderFunction[])[0] as RenderFunction;
  }
}

export interface ContextParts {
  readonly parent: Variables;
  readonly name: string | undefined;
  readonly blocks: Iterable<readonly [string, RenderFunction]>;
  readonly state: RenderState;
}

/** Variables over others. */
export class Layered implements Variables {
  private readonly upper: ReadonlyMap<string, unknown>;
  private readonly lower: Variables;

  constructor(upper: ReadonlyMap<string, unknown>, lower: Variables) {
    this.upper = upper;
    this.lower = lower;
  }

  get(name: string): unknown {
    const value = this.upper.get(name);
    return value === undefined ? this.lower.get(name) : value;
  }

  *entries(): Iterable<readonly [string, unknown]> {
    yield* this.lower.entries();
    yield* this.upper.entries();
  }
}
