import type { Place } from '../syntax-fault.ts';
import { PythonError } from '../values/python-error.ts';

/** The template that generated code belongs to, as its errors name it. */
export interface Origin {
  readonly name: string;
  readonly source: string;
  readonly places: readonly Place[];
}

/** An error of Python's kind, with the innermost place of a template that it happened at. */
export class LocatedError extends Error {
  readonly error: PythonError;
  readonly origin: Origin;
  readonly place: Place;

  constructor(error: PythonError, origin: Origin, place: Place) {
    super(error.message, { cause: error });
    this.error = error;
    this.origin = origin;
    this.place = place;
  }
}

/** Thrown to render again from the start, with a copy of the context that templates may change. */
export class Restart extends Error {}

/** Whatever JavaScript throws, as Python would call it. */
function asPythonError(error: unknown): PythonError {
  if (error instanceof PythonError) return error;
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return new PythonError('RecursionError', 'maximum recursion depth exceeded');
  }
  if (error instanceof RangeError) return new PythonError('MemoryError', error.message);
  const wrapped = new PythonError('SystemError', `internal error: ${String(error)}`);
  wrapped.cause = error;
  return wrapped;
}

/** Adds the place to an error that has none yet; `index` is what generated code kept. */
export function locate(error: unknown, origin: Origin, index: number): LocatedError | Restart {
  if (error instanceof LocatedError || error instanceof Restart) return error;
  return new LocatedError(asPythonError(error), origin, origin.places[index] as Place);
}
