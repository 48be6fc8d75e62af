import { Fragment } from '../fragment.ts';
import { PythonError } from '../values/python-error.ts';
import type { Variables } from './context.ts';
import type { RenderMemo } from './memo.ts';
import type { TemplateModule } from './references.ts';
import type { Trace } from '../trace/trace.ts';

/** Bounds of one render. */
export interface Limits {
  /** UTF-16 units of output, of the whole and of anything captured. */
  readonly output: number;
  /** Rounds of all loops together. */
  readonly steps: number;
  /** Macros, includes and recursive loops within one another; Python's own limit is about here. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: Limits = {
  output: 64 * 1024 * 1024,
  steps: 20_000_000,
  depth: 330,
};

export interface StateParts {
  readonly limits: Limits;
  readonly globals: Variables;
  readonly pure: ReadonlySet<unknown>;
  readonly memo: RenderMemo | undefined;
  readonly trace: Trace | undefined;
}

/** What a render counts, so that no template runs without bound. */
export class RenderState {
  readonly limits: Limits;
  /** What every template sees: `range`, `dict` and their like. */
  readonly globals: Variables;
  /** The globals that give the same for the same arguments. */
  readonly pure: ReadonlySet<unknown>;
  readonly memo: RenderMemo | undefined;
  /** Of templates that were compiled to be traced. */
  readonly trace: Trace | undefined;
  /** Modules of templates imported without context: each is made once. */
  readonly modules = new Map<object, TemplateModule>();
  /** Kept so that reading it is not optimised away. */
  lastCharacter = 0;
  /** What the output begins with, as far as it is known. */
  private readonly fragments: Fragment[] = [];
  private emitted = 0;
  /** Whether what the running template or block gives is the next of the output, and nothing else. */
  private isDirect = true;
  private steps = 0;
  private depth = 0;

  constructor({ limits, globals, pure, memo, trace }: StateParts) {
    this.limits = limits;
    this.globals = globals;
    this.pure = pure;
    this.memo = memo;
    this.trace = trace;
  }

  /** Makes V8 join the pieces that a text was put together from: it does so when a character is read. */
  join(text: string): void {
    this.lastCharacter = text.charCodeAt(0);
  }

  /** Counts one round of a loop. @throws PythonError beyond the limit */
  step(): void {
    if (++this.steps > this.limits.steps) {
      throw new PythonError('LimitError', `more than ${this.limits.steps} rounds of loops`);
    }
  }

  /** Adds a fragment to text that a template has given. @returns what of it is not yet output */
  emit(text: string, fragment: Fragment): string {
    if (!this.isDirect) return text + fragment.text;
    this.flush(text);
    this.push(fragment);
    return '';
  }

  /** Makes text that a template has given output, before another adds to it. @returns what of it is not yet output */
  flush(text: string): string {
    if (!this.isDirect) return text;
    if (text !== '') this.push(new Fragment(text));
    return '';
  }

  private push(fragment: Fragment): void {
    if (fragment.text === '') return;
    this.fragments.push(fragment);
    this.emitted += fragment.text.length;
  }

  /** The whole output, none of it empty, given what of it comes last. */
  end(text: string): readonly Fragment[] {
    this.flush(text);
    return this.fragments;
  }

  /** @throws PythonError beyond the limit */
  checkOutput(text: string): void {
    if (text.length + (this.isDirect ? this.emitted : 0) > this.limits.output) {
      throw new PythonError('LimitError', `more than ${this.limits.output} characters of output`);
    }
  }

  /** Runs what gives text that is the next of the output, where that of its caller is and `isNext`. */
  within<T>(isNext: boolean, run: () => T): T {
    const before = this.isDirect;
    this.isDirect = before && isNext;
    try {
      return run();
    } finally {
      this.isDirect = before;
    }
  }

  /** Runs something one level deeper. @throws PythonError beyond the limit */
  nested<T>(run: () => T, isNext = false): T {
    if (++this.depth > this.limits.depth) {
      throw new PythonError('RecursionError', 'maximum recursion depth exceeded');
    }
    try {
      return this.within(isNext, run);
    } finally {
      this.depth--;
    }
  }
}
