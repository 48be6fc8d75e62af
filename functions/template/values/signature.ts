import type { Kwargs } from './classes/kwargs.ts';
import { repr } from './print.ts';
import { type PythonError, typeError } from './python-error.ts';

/** The parameters of a function written in Python, as its `def` line has them. */
export interface Signature {
  readonly name: string;
  readonly params: readonly string[];
  /** How many of the first parameters have no default. */
  readonly required: number;
  /** Arguments before the first that the caller never sees but Python counts: `environment`, `eval_ctx`. */
  readonly hidden?: number;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function enumerate(names: readonly string[]): string {
  const quoted = names.map((name) => repr(name));
  if (quoted.length < 3) return quoted.join(' and ');
  return `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
}

function tooMany({ name, params, required, hidden = 0 }: Signature, given: number): PythonError {
  const most = params.length + hidden;
  const takes =
    required === params.length
      ? plural(most, 'positional argument')
      : `from ${required + hidden} to ${plural(most, 'positional argument')}`;
  const total = given + hidden;
  return typeError(`${name}() takes ${takes} but ${total} ${total === 1 ? 'was' : 'were'} given`);
}

function missing({ name, params, required }: Signature, bound: readonly unknown[]): PythonError {
  const names = params.slice(0, required).filter((_, index) => bound[index] === undefined);
  return typeError(
    `${name}() missing ${names.length} required positional argument${names.length === 1 ? '' : 's'}: ${enumerate(names)}`,
  );
}

/**
 * The arguments of a call in the order of the parameters, JavaScript's undefined where a default holds.
 *
 * @throws PythonError TypeError with the words of Python's interpreter
 */
export function bind(signature: Signature, args: readonly unknown[], kwargs?: Kwargs): unknown[] {
  const { name, params, required } = signature;
  const bound = args.slice();
  for (const [key, value] of kwargs ?? []) {
    const index = params.indexOf(key);
    if (index < 0) throw typeError(`${name}() got an unexpected keyword argument ${repr(key)}`);
    if (index < args.length) {
      throw typeError(`${name}() got multiple values for argument ${repr(key)}`);
    }
    bound[index] = value;
  }
  if (args.length > params.length) throw tooMany(signature, args.length);
  for (let i = 0; i < required; i++) if (bound[i] === undefined) throw missing(signature, bound);
  return bound;
}
