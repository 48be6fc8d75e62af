/** A place of a template that gives output, as far as its source tells. */
export interface TracedPlace {
  readonly template: string;
  /** Counted from 1; the column in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  /** What it gives, where that is text of the template itself. */
  readonly text?: string;
  /** The variables of the context that it reads, or that it hangs on, with their members: `params.zone`. */
  readonly variables: readonly string[];
}

/** As many places give output one after the other: those that follow. */
export interface TracedOutput {
  readonly count: number;
}

/** What traced templates name by its index: one list for a template and all that it includes. */
export type TracedParts = (TracedPlace | TracedOutput)[];

/** What a render is in the midst of: a round of a loop, a macro, a template within another. */
export interface Step {
  readonly kind: 'round' | 'macro' | 'include' | 'import' | 'extends' | 'block' | 'print';
  /** Of a macro, a block or a template. */
  readonly name?: string | undefined;
  /** Of the loop, the call, the include. */
  readonly place: TracedPlace;
  /** The item of a round, the arguments of a macro. */
  readonly values: readonly unknown[];
}
