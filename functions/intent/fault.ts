import type { Diagnostic } from '../core/diagnostics.ts';
import type { Unit } from '../core/intent.ts';
import type { Owner } from '../core/origin/origin.ts';
import type { LineReference } from '../core/origin/line-reference.ts';
import type { Variant } from '../publish/publication.ts';

/** A line that a fault is about, and whose it is, the likeliest first, where that is known. */
export type Clue = LineReference & {
  readonly owners?: readonly Pick<Owner, 'service' | 'object'>[];
};

/** Why an intent is not good. */
export interface Fault {
  /**
   * `gone`: its templates ended the renderer, which costs a deadline at each try; `proxy`: proxies refuse it, so that
   * each try costs all of them a refusal.
   */
  readonly stage: 'render' | 'gone' | 'check' | 'proxy';
  readonly diagnostic: Diagnostic;
  /** Where HAProxy says that the fault is; it names few of many. */
  readonly references: readonly Clue[];
  /** The units that it is the fault of, where that is known. */
  readonly units?: readonly Unit[];
  /** For which poller the lines of the references are; absent: for whom it was checked. */
  readonly variant?: Variant;
  /** Of a proxy: the hash of the intent that it refused. */
  readonly revision?: string;
}

export type Verdict =
  /** `leftOut`: services that a render leaves out for what their values are, while the rest is good. */
  | { readonly kind: 'good'; readonly leftOut: ReadonlyMap<Unit, Diagnostic> }
  | { readonly kind: 'bad'; readonly fault: Fault };
