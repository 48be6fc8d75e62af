import { Markup } from '../values/classes/markup.ts';
import { Callable, TemplateObject } from '../values/classes/object.ts';
import { repr } from '../values/print.ts';
import { Undefined } from '../values/classes/undefined.ts';
import type { Context, RenderFunction } from './context.ts';

/** A block as a value: `self.title`, `super`. Jinja2's `BlockReference`. */
export class BlockReference extends Callable {
  readonly typeName = 'BlockReference';
  private readonly name: string;
  private readonly context: Context;
  private readonly stack: readonly RenderFunction[];
  private readonly depth: number;

  private constructor(name: string, context: Context, place: BlockPlace) {
    super();
    this.name = name;
    this.context = context;
    this.stack = place.stack;
    this.depth = place.depth;
  }

  /** The block at a depth of the line of `extends`, or undefined where there is none. */
  static at(name: string, context: Context, place: BlockPlace): BlockReference | Undefined {
    return place.depth < place.stack.length
      ? new BlockReference(name, context, place)
      : Undefined.because(`there is no parent block called ${repr(name)}.`);
  }

  override get qualifiedName(): string {
    return 'jinja2.runtime.BlockReference';
  }

  call(): unknown {
    const { context } = this;
    const render = this.stack[this.depth] as RenderFunction;
    const { state } = context;
    const { name } = this;
    const run = () => state.nested(() => render(context));
    const text = state.trace ? state.trace.call({ kind: 'block', name }, [], run) : run();
    return context.autoescape ? new Markup(text) : text;
  }

  override attribute(name: string): unknown {
    if (name === 'name') return this.name;
    if (name !== 'super') return undefined;
    const place = { stack: this.stack, depth: this.depth + 1 };
    return BlockReference.at(this.name, this.context, place);
  }
}

interface BlockPlace {
  readonly stack: readonly RenderFunction[];
  readonly depth: number;
}

/** `self`: the blocks of the template. Jinja2's `TemplateReference`. */
export class TemplateReference extends TemplateObject {
  readonly typeName = 'TemplateReference';
  private readonly context: Context;

  constructor(context: Context) {
    super();
    this.context = context;
  }

  override get qualifiedName(): string {
    return 'jinja2.runtime.TemplateReference';
  }

  override attribute(name: string): unknown {
    const stack = this.context.blocks.get(name);
    return stack === undefined
      ? undefined
      : BlockReference.at(name, this.context, { stack, depth: 0 });
  }

  override repr(): string {
    return `<TemplateReference ${repr(this.context.name ?? null)}>`;
  }
}

interface ModuleParts {
  readonly template: object;
  readonly context: Context;
  readonly text: string;
}

/** An imported template as a value: Jinja2's `TemplateModule`. */
export class TemplateModule extends TemplateObject {
  readonly typeName = 'TemplateModule';
  readonly text: string;
  readonly name: string | undefined;
  readonly exported: ReadonlyMap<string, unknown>;
  /** The compiled template, which is the same for every render. */
  readonly template: object;

  constructor({ template, context, text }: ModuleParts) {
    super();
    this.template = template;
    this.text = text;
    this.name = context.name;
    this.exported = new Map(Array.from(context.exported, (name) => [name, context.vars.get(name)]));
  }

  override get qualifiedName(): string {
    return 'jinja2.environment.TemplateModule';
  }

  override attribute(name: string): unknown {
    return this.exported.get(name);
  }

  override print(): string {
    return this.text;
  }

  override repr(): string {
    return `<TemplateModule ${repr(this.name ?? null)}>`;
  }
}
