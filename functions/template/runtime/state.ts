import { PythonError } from '../values/python-error.ts';
import type { Variables } from './context.ts';
import type { TemplateModule } from './references.ts';

/** Bounds of one render. */
export interface Limits {
  /** UTF-16 units of output, of the whole and of anything captured. */
  readonly output: number;
  /** Rounds of all loops together. */
  readonly steps: number;
  /** Macros, includes and recursive loops within one another. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: Limits = {
  output: 64 * 1024 * 1024,
  steps: 20_000_000,
  depth: 200,
};

/** What a render counts, so that no template runs without bound. */
export class RenderState {
  readonly limits: Limits;
  /** What every template sees: `range`, `dict` and their like. */
  readonly globals: Variables;
  /** Modules of templates imported without context: each is made once. */
  readonly modules = new Map<object, TemplateModule>();
  private steps = 0;
  private depth = 0;

  constructor({ limits, globals }: { readonly limits: Limits; readonly globals: Variables }) {
    this.limits = limits;
    this.globals = globals;
  }

  /** Counts one round of a loop. @throws PythonError beyond the limit */
  step(): void {
    if (++this.steps > this.limits.steps) {
      throw new PythonError('LimitError', `more than ${this.limits.steps} rounds of loops`);
    }
  }

  /** @throws PythonError beyond the limit */
  checkOutput(text: string): void {
    if (text.length > this.limits.output) {
      throw new PythonError('LimitError', `more than ${this.limits.output} characters of output`);
    }
  }

  /** Runs something one level deeper. @throws PythonError beyond the limit */
  nested<T>(run: () => T): T {
    if (++this.depth > this.limits.depth) {
      throw new PythonError('RecursionError', 'maximum recursion depth exceeded');
    }
    try {
      return run();
    } finally {
      this.depth--;
    }
  }
}
