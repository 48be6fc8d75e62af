import { Numbers } from './numbers.ts';
import { PythonError } from '../values/python-error.ts';
import type { Step } from './place.ts';

/** What a step is, whatever it is given. */
export type NamedStep = Pick<Step, 'kind' | 'name'>;

/** Text that was put together apart, such as what a macro gives. */
export interface Capture {
  /** Nothing where nobody asks for it any more: thousands of texts would fill the memory. */
  text: string;
  /** Its place among all, in the order of their ends. */
  readonly index: number;
}

/** Text of an expression that text from elsewhere went into. */
export interface Printed {
  readonly text: string;
  readonly sources: readonly Capture[];
  /** What variables in it hold that the source does not tell. */
  readonly values: readonly unknown[];
}

/** What a mark says; some have objects with them. */
export const MARK = {
  /** The places of an output: the length of what each gives follows, but for text of the template itself. */
  output: 0,
  /** Before such a length: it is of what has just been put together apart. */
  same: 1,
  /** Before such a length: it is of an expression that texts went into, with what is told of it. */
  printed: 2,
  /** A round of a loop, with its item. */
  round: 3,
  /** A block or an included template, with what it is. */
  enter: 4,
  /** The end of a round or of what was entered. */
  leave: 5,
  /** A macro or the like, which is put together apart, with what it is and its arguments. */
  call: 6,
  /** Any other text that is put together apart. */
  begin: 7,
  /** The end of what is put together apart. */
  end: 8,
} as const;

export type Mark = (typeof MARK)[keyof typeof MARK];

const MARKS = 16;
/** What is beyond so much output that its trace would fill the memory: a fleet of 10,000 pods takes a fiftieth. */
const MOST_CODES = 8_000_000;

export const markOf = (code: number): Mark => (~code % MARKS) as Mark;
export const indexOf = (code: number): number => Math.floor(~code / MARKS);

/**
 * What is written down beside a render: numbers, since thousands of objects would cost more than the render. Those from
 * 0 are lengths, the others marks with the index of a place.
 */
export class Log {
  readonly codes = new Numbers();
  /** Those that marks have with them, in the same order. */
  readonly objects: unknown[] = [];

  /** @throws PythonError beyond the limit */
  mark(mark: Mark, index = 0): void {
    if (this.codes.length > MOST_CODES)
      throw new PythonError('LimitError', `more than ${MOST_CODES} pieces of output to be traced`);
    this.codes.push(~(index * MARKS + mark));
  }

  markWith(mark: Mark, object: unknown, index = 0): void {
    this.mark(mark, index);
    this.objects.push(object);
  }
}
