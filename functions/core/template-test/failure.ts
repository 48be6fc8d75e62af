import type { Place } from '../diagnostics.ts';

/** What is not as a test says. */
export interface Failure {
  readonly where: Place;
  readonly message: string;
  /** What there is instead. */
  readonly hint: string;
}
