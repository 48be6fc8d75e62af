import { Dict } from '../values/classes/dict.ts';
import type { Kwargs } from '../values/classes/kwargs.ts';
import { Markup } from '../values/classes/markup.ts';
import { Callable } from '../values/classes/object.ts';
import { repr } from '../values/print.ts';
import { typeError } from '../values/python-error.ts';
import { Tuple } from '../values/classes/tuple.ts';
import { Undefined } from '../values/classes/undefined.ts';
import type { Context } from './context.ts';
import { MISSING } from './missing.ts';

/** What the compiler knows of a macro. */
export interface MacroShape {
  /** Null for the body of a call block. */
  readonly name: string | null;
  readonly params: readonly string[];
  readonly caller: boolean;
  readonly kwargs: boolean;
  readonly varargs: boolean;
}

export interface MacroParts {
  readonly context: Context;
  readonly body: (...values: unknown[]) => string;
  readonly shape: MacroShape;
  readonly free: (() => readonly unknown[]) | undefined;
}

/** A macro, or the body of a call block: Jinja2's `Macro`. */
export class Macro extends Callable {
  readonly typeName = 'Macro';
  readonly kind = 'macro';
  private readonly context: Context;
  private readonly body: (...values: unknown[]) => string;
  readonly shape: MacroShape;
  /** The values that, with the arguments, determine the text; undefined where nothing does. */
  readonly free: (() => readonly unknown[]) | undefined;

  constructor({ context, body, shape, free }: MacroParts) {
    super();
    this.context = context;
    this.body = body;
    this.shape = shape;
    this.free = free;
  }

  override get qualifiedName(): string {
    return 'jinja2.runtime.Macro';
  }

  /** As a trace names it. */
  get name(): string {
    return this.shape.name ?? 'caller';
  }

  /** The values of the body's parameters. @throws PythonError TypeError */
  private bind(args: readonly unknown[], kwargs: Kwargs | undefined): unknown[] {
    const { params, caller, kwargs: catchesKwargs, varargs } = this.shape;
    // Most calls give just the parameters that there are.
    if (!kwargs && args.length === params.length && !caller && !catchesKwargs && !varargs)
      return [...args];
    const shown = repr(this.shape.name);
    const left = new Map(kwargs);
    const values = args.slice(0, params.length);
    let foundCaller = values.length === params.length && params.includes('caller');
    for (const name of params.slice(values.length)) {
      const value = left.get(name);
      left.delete(name);
      values.push(value === undefined ? MISSING : value);
      if (name === 'caller') foundCaller = true;
    }
    if (caller && !foundCaller) {
      const given = left.get('caller') ?? null;
      left.delete('caller');
      values.push(given === null ? Undefined.because('No caller defined') : given);
    }
    if (catchesKwargs) values.push(new Dict(left));
    else if (left.has('caller')) {
      throw typeError(
        `macro ${shown} was invoked with two values for the special caller argument. This is most likely a bug.`,
      );
    } else if (left.size > 0) {
      throw typeError(`macro ${shown} takes no keyword argument ${repr([...left.keys()][0])}`);
    }
    if (varargs) values.push(Tuple.wrap(args.slice(params.length)));
    else if (args.length > params.length) {
      throw typeError(`macro ${shown} takes not more than ${params.length} argument(s)`);
    }
    return values;
  }

  /** Renders the body; the result is safe where the caller escapes. */
  invoke(args: readonly unknown[], kwargs: Kwargs | undefined, autoescape: boolean): unknown {
    const values = this.bind(args, kwargs);
    const { state } = this.context;
    const run = () => state.nested(() => this.body(...values));
    const text = state.trace ? state.trace.call(this, values, run) : run();
    return autoescape ? new Markup(text) : text;
  }

  call(args: readonly unknown[], kwargs?: Kwargs): unknown {
    return this.invoke(args, kwargs, false);
  }

  override attribute(name: string): unknown {
    switch (name) {
      case 'name':
        return this.shape.name;
      case 'arguments':
        return Tuple.wrap(this.shape.params);
      case 'catch_kwargs':
        return this.shape.kwargs;
      case 'catch_varargs':
        return this.shape.varargs;
      case 'caller':
        return this.shape.caller;
      case 'explicit_caller':
        return this.shape.params.includes('caller');
      default:
        return undefined;
    }
  }

  override repr(): string {
    return `<Macro ${this.shape.name === null ? 'anonymous' : repr(this.shape.name)}>`;
  }
}
