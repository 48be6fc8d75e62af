import { Callable, NativeFunction, TemplateObject } from './object.ts';
import { PythonError } from '../python-error.ts';
import { Tuple } from './tuple.ts';

/** `cycler(...)`: gives its items in turn, outside of loops too. */
export class Cycler extends TemplateObject {
  readonly typeName = 'Cycler';
  private readonly items: readonly unknown[];
  private position = 0;

  constructor(items: readonly unknown[]) {
    super();
    if (items.length === 0) {
      throw new PythonError('RuntimeError', 'at least one item has to be provided');
    }
    this.items = items;
  }

  override get qualifiedName(): string {
    return 'jinja2.utils.Cycler';
  }

  private next(): unknown {
    const item = this.items[this.position];
    this.position = (this.position + 1) % this.items.length;
    return item;
  }

  private reset(): null {
    this.position = 0;
    return null;
  }

  override attribute(name: string): unknown {
    switch (name) {
      case 'current':
        return this.items[this.position];
      case 'next':
      case '__next__':
        return new NativeFunction(name, () => this.next());
      case 'reset':
        return new NativeFunction(name, () => this.reset());
      case 'items':
        return Tuple.wrap(this.items);
      case 'pos':
        return this.position;
      default:
        return undefined;
    }
  }

  override repr(): string {
    return '<jinja2.utils.Cycler object at 0x7f0000000000>';
  }
}

/** `joiner(sep)`: empty the first time that it is called, then the separator. */
export class Joiner extends Callable {
  readonly typeName = 'Joiner';
  private readonly separator: unknown;
  private used = false;

  constructor(separator: unknown) {
    super();
    this.separator = separator;
  }

  override get qualifiedName(): string {
    return 'jinja2.utils.Joiner';
  }

  call(): unknown {
    if (this.used) return this.separator;
    this.used = true;
    return '';
  }

  override attribute(name: string): unknown {
    if (name === 'sep') return this.separator;
    return name === 'used' ? this.used : undefined;
  }

  override repr(): string {
    return '<jinja2.utils.Joiner object at 0x7f0000000000>';
  }
}
