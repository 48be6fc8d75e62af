import { textOf } from '../compare.ts';
import { typeError } from '../python-error.ts';
import { typeName } from '../type-name.ts';

/** An argument that must be a str. @throws PythonError TypeError: `what` must be str, not ... */
export function requireText(value: unknown, what = 'must be str'): string {
  const text = textOf(value);
  if (text === undefined) throw typeError(`${what}, not ${typeName(value)}`);
  return text;
}
