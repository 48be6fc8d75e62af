import type { Generator } from '../classes/generator.ts';
import { PythonError } from '../python-error.ts';
import { none, table } from './method.ts';

function next(self: Generator): unknown {
  const { done, value } = self.next();
  if (done === true) throw new PythonError('StopIteration', '');
  return value;
}

/** The methods of generators and iterators; `next` is Python 2's. */
export const ITERATOR_METHODS = table<Generator>({
  __next__: none(next),
  next: none(next),
});
