import type { Diagnostic } from '../core/diagnostics.ts';
import type { Data } from '../core/intent.ts';

/** A change of a ConfigMap that is not made yet. */
export interface Proposal {
  readonly name: 'services' | 'config' | 'certificates';
  readonly before: Data | undefined;
  readonly after: Data;
}

/** What would become of it. */
export type ProposalVerdict =
  | {
      readonly kind: 'judged';
      /** What of the change would be held back. */
      readonly refused: readonly Diagnostic[];
      /** What its author should know besides. */
      readonly odd: readonly Diagnostic[];
    }
  /** Nobody can tell in time: it is judged when it is there. */
  | { readonly kind: 'unknown'; readonly reason: string };
