import { textOf } from '../compare.ts';
import { typeError } from '../python-error.ts';
import { typeName } from '../type-name.ts';

/**
 * An argument that must be a str.
 *
 * @param what how the message begins; where it names the argument, CPython calls None by its value
 * @throws PythonError TypeError: `what`, not ...
 */
export function requireText(value: unknown, what?: string): string {
  const text = textOf(value);
  if (text !== undefined) return text;
  if (what === undefined) throw typeError(`must be str, not ${typeName(value)}`);
  throw typeError(`${what}, not ${value === null ? 'None' : typeName(value)}`);
}
