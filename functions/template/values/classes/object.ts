import type { Kwargs } from './kwargs.ts';

/**
 * An object with attributes that templates may see: a loop, a macro, a namespace, a bound method. Nothing of the
 * JavaScript object shows but what `attribute` answers.
 */
export abstract class TemplateObject {
  abstract readonly typeName: string;

  /** The class with its module, as Jinja2 names it in messages about attributes. */
  get qualifiedName(): string {
    return this.typeName;
  }

  /** The attribute's value; JavaScript's undefined where there is none. */
  attribute(_name: string): unknown {
    return undefined;
  }

  /** `str(object)`. */
  print(): string {
    return this.repr();
  }

  repr(): string {
    return `<${this.typeName} object>`;
  }
}

/** An object that templates may call. */
export abstract class Callable extends TemplateObject {
  abstract call(args: readonly unknown[], kwargs?: Kwargs): unknown;
}

type Run = (args: readonly unknown[], kwargs?: Kwargs) => unknown;

/** A function of ours as Python's built-in function: a global, a bound method. */
export class NativeFunction extends Callable {
  readonly typeName: string;
  private readonly run: Run;
  private readonly text: string;

  constructor(
    name: string,
    run: Run,
    text = `<built-in function ${name}>`,
    typeName = 'builtin_function_or_method',
  ) {
    super();
    this.run = run;
    this.text = text;
    this.typeName = typeName;
  }

  call(args: readonly unknown[], kwargs?: Kwargs): unknown {
    return this.run(args, kwargs);
  }

  override repr(): string {
    return this.text;
  }
}

/** A function that Python has as a class: `range`, `dict`, `namespace`. */
export class NativeClass extends NativeFunction {
  constructor(name: string, run: Run) {
    super(name, run, `<class '${name}'>`, 'type');
  }
}
