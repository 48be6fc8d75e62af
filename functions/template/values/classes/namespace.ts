import type { Dict } from './dict.ts';
import { TemplateObject } from './object.ts';
import { repr } from '../print.ts';

/** `namespace(...)`: the one object whose attributes `set` may assign, from inside of a loop too. */
export class Namespace extends TemplateObject {
  readonly typeName = 'Namespace';
  private readonly attributes: Dict;

  constructor(attributes: Dict) {
    super();
    this.attributes = attributes;
  }

  override get qualifiedName(): string {
    return 'jinja2.utils.Namespace';
  }

  override attribute(name: string): unknown {
    return this.attributes.get(name);
  }

  set(name: string, value: unknown): void {
    this.attributes.set(name, value);
  }

  override repr(): string {
    return `<Namespace ${repr(this.attributes)}>`;
  }
}
