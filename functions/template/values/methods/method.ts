import { aware, hasForeign } from '../text/aware.ts';
import type { Dialect } from '../dialect.ts';
import { Kwargs } from '../classes/kwargs.ts';
import { asIndex } from '../numbers/numeric.ts';
import { type PythonError, typeError } from '../python-error.ts';
import { typeName } from '../type-name.ts';

/** A call of a method: the arguments, and what messages and dialects need. */
export interface MethodCall {
  readonly owner: string;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs | undefined;
  readonly dialect: Dialect;
}

/** A method of a built-in type: binds the arguments as CPython does, and runs. */
export type Method<Self> = (self: Self, call: MethodCall) => unknown;
export type MethodTable<Self> = Readonly<Record<string, Method<Self>>>;
type Body<Self> = (self: Self, ...args: unknown[]) => unknown;

const plural = (count: number): string => `argument${count === 1 ? '' : 's'}`;

function refuseKeywords({ owner, name, kwargs }: MethodCall): void {
  if (kwargs !== undefined && kwargs.size > 0) {
    throw typeError(`${owner}.${name}() takes no keyword arguments`);
  }
}

/** @throws PythonError TypeError where there are arguments */
export function refuseArguments(call: MethodCall): void {
  refuseKeywords(call);
  const { owner, name, args } = call;
  if (args.length > 0) {
    throw typeError(`${owner}.${name}() takes no arguments (${args.length} given)`);
  }
}

/** No arguments (`METH_NOARGS`). */
export function none<Self>(body: Body<Self>): Method<Self> {
  return (self, call) => {
    refuseArguments(call);
    return body(self);
  };
}

/** Exactly one argument (`METH_O`). */
export function one<Self>(body: Body<Self>): Method<Self> {
  return (self, call) => {
    refuseKeywords(call);
    const { owner, name, args } = call;
    if (args.length !== 1) {
      throw typeError(`${owner}.${name}() takes exactly one argument (${args.length} given)`);
    }
    return body(self, args[0]);
  };
}

/** Positional arguments only, with the words of Argument Clinic. */
export function positional<Self>(min: number, max: number, body: Body<Self>): Method<Self> {
  return (self, call) => {
    refuseKeywords(call);
    const { name, args } = call;
    const given = args.length;
    if (given < min || given > max) {
      const bound = given < min ? min : max;
      const extent = min === max ? '' : given < min ? 'at least ' : 'at most ';
      throw typeError(`${name} expected ${extent}${bound} ${plural(bound)}, got ${given}`);
    }
    return body(self, ...args);
  };
}

/** Positional arguments only, with the words of `PyArg_ParseTuple`. */
export function parsed<Self>(min: number, max: number, body: Body<Self>): Method<Self> {
  return (self, { name, args, kwargs }) => {
    if (kwargs !== undefined && kwargs.size > 0) {
      throw typeError(`${name}() takes no keyword arguments`);
    }
    const given = args.length;
    if (given < min || given > max) {
      const bound = given < min ? min : max;
      const extent = given < min ? 'at least' : 'at most';
      throw typeError(`${name}() takes ${extent} ${bound} ${plural(bound)} (${given} given)`);
    }
    return body(self, ...args);
  };
}

/** Optional arguments that have names. */
export function named<Self>(params: readonly string[], body: Body<Self>): Method<Self> {
  return (self, { name, args, kwargs }) => {
    const given = args.length + (kwargs?.size ?? 0);
    if (given > params.length) {
      throw typeError(
        `${name}() takes at most ${params.length} ${plural(params.length)} (${given} given)`,
      );
    }
    const bound = args.slice();
    for (const [key, value] of kwargs ?? []) {
      const index = params.indexOf(key);
      if (index < 0) throw typeError(`'${key}' is an invalid keyword argument for ${name}()`);
      if (index < args.length) {
        throw typeError(
          `argument for ${name}() given by name ('${key}') and position (${index + 1})`,
        );
      }
      bound[index] = value;
    }
    return body(self, ...bound);
  };
}

/** A method that needs the whole call: keyword arguments of any name, or the dialect. */
export function whole<Self>(method: Method<Self>): Method<Self> {
  return method;
}

/** A method of str, without effects, that sees through foreign characters. */
export function awareMethod(method: Method<string>): Method<string> {
  return (self, call) => {
    const { args, kwargs } = call;
    const keywords = kwargs === undefined ? [] : [...kwargs];
    if (!hasForeign(self) && !args.some(hasForeign) && keywords.length === 0) {
      return method(self, call);
    }
    const run = aware((text: string, ...values: unknown[]) =>
      method(text, {
        ...call,
        args: values.slice(0, args.length),
        kwargs: new Kwargs(keywords.map(([key], i) => [key, values[args.length + i]])),
      }),
    );
    return run(self, ...args, ...keywords.map(([, value]) => value));
  };
}

/** A table without a prototype, so that no name finds what is not a method. */
export function table<Self>(methods: Record<string, Method<Self>>): MethodTable<Self> {
  return Object.freeze(Object.assign(Object.create(null), methods));
}

/** An argument that must be an int. @throws PythonError TypeError */
export function requireIndex(value: unknown): number {
  const index = asIndex(value);
  if (index !== undefined) return index;
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** The refusal to change what the template did not make. */
export function readOnly(value: unknown, { name }: MethodCall): PythonError {
  return typeError(
    `'${typeName(value)}' object comes from the context, which is read-only: ${name}() would change it`,
  );
}
