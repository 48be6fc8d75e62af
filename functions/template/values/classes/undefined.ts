import { Markup } from './markup.ts';
import { TemplateObject } from './object.ts';
import { repr } from '../print.ts';
import { type PythonError, undefinedError } from '../python-error.ts';
import { typeName } from '../type-name.ts';

/** Python's `missing`: an undefined value that was no attribute or item of anything. */
const MISSING = Symbol('missing');

/** `object_type_repr` of Jinja2's runtime: how an object is called in its messages. */
function objectName(owner: unknown): string {
  if (owner === null) return 'None';
  if (owner instanceof Markup) return 'markupsafe.Markup object';
  return `${owner instanceof TemplateObject ? owner.qualifiedName : typeName(owner)} object`;
}

/** Jinja2's default `Undefined`: prints and iterates as empty and is false; every other use is an error. */
export class Undefined {
  readonly name: unknown;
  readonly owner: unknown;
  readonly hint: string | undefined;

  private constructor(name: unknown, owner: unknown, hint: string | undefined) {
    this.name = name;
    this.owner = owner;
    this.hint = hint;
  }

  /** A variable that does not exist. */
  static variable(name: string): Undefined {
    return new Undefined(name, MISSING, undefined);
  }

  /** An attribute or item that `owner` does not have. */
  static member(owner: unknown, name: unknown): Undefined {
    return new Undefined(name, owner, undefined);
  }

  /** Undefined for a reason that has its own words. */
  static because(hint: string): Undefined {
    return new Undefined(undefined, MISSING, hint);
  }

  /** `_undefined_message` of Jinja2. */
  get message(): string {
    if (this.hint !== undefined) return this.hint;
    if (this.owner === MISSING) return `${repr(this.name)} is undefined`;
    if (typeof this.name !== 'string') {
      return `${objectName(this.owner)} has no element ${repr(this.name)}`;
    }
    return `${repr(objectName(this.owner))} has no attribute ${repr(this.name)}`;
  }

  /** The error of using the value. */
  error(): PythonError {
    const error = undefinedError(this.message);
    error.subject = this;
    return error;
  }
}
