import type { Dialect } from '../dialect.ts';
import { Kwargs } from '../classes/kwargs.ts';
import { typeError } from '../python-error.ts';
import { bind, type Signature } from '../signature.ts';

/** What filters and tests need of the environment that a template runs in. */
export interface Runtime {
  readonly dialect: Dialect;
  /** Whether autoescape is on where the filter stands. */
  readonly autoescape: boolean;
  readonly filters: FilterTable;
  readonly tests: TestTable;
  /** A number from 0 to less than 1; the only source of chance. */
  readonly random: () => number;
}

/** A filter or test: the value, the positional arguments, and last the keyword arguments where there are any. */
export type Filter = (runtime: Runtime, ...args: unknown[]) => unknown;
export type FilterTable = Readonly<Record<string, Filter>>;
export type TestTable = FilterTable;

/** The keyword arguments of a call taken from behind the positional ones. */
export function separate(args: readonly unknown[]): { args: unknown[]; kwargs?: Kwargs } {
  const last = args.at(-1);
  return last instanceof Kwargs
    ? { args: args.slice(0, -1), kwargs: last }
    : { args: args.slice() };
}

/** A filter with the parameters of its Python function; those that are missing reach the body as undefined. */
export function filter(signature: Signature, body: Filter): Filter {
  const { params, required } = signature;
  return (runtime, ...args) => {
    const given = args.length;
    if (given >= required && given <= params.length && !(args[given - 1] instanceof Kwargs)) {
      return body(runtime, ...args);
    }
    const call = separate(args);
    return body(runtime, ...bind(signature, call.args, call.kwargs));
  };
}

/** A filter that is a function of CPython's, with the words that those have for wrong arguments. */
export const builtin =
  (name: string, body: (value: unknown, runtime: Runtime) => unknown): Filter =>
  (runtime, ...args) => {
    if (args.at(-1) instanceof Kwargs) throw typeError(`${name}() takes no keyword arguments`);
    if (args.length !== 1) {
      throw typeError(`${name}() takes exactly one argument (${args.length} given)`);
    }
    return body(args[0], runtime);
  };

/** A filter that takes nothing but its value. */
export const simple = (
  name: string,
  param: string,
  body: (value: unknown, runtime: Runtime) => unknown,
): Filter =>
  filter({ name, params: [param], required: 1 }, (runtime, value) => body(value, runtime));
