/** A warning about a template that renders. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly template: string;
  readonly line: number;
  readonly column: number;
  /** The setting that chooses the other meaning. */
  readonly setting: string;
}
