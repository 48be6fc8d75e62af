import type { JsonObject } from '../template/json/index.ts';
import type { Items } from '../template/values/inputs/index-of-field.ts';
import type { Diagnostic } from './diagnostics.ts';

/**
 * A service as the template sees it: its JSON, its `name`, and in `pods` and `draining` its pods by name, sorted.
 * Frozen deeply.
 */
export type ServiceView = JsonObject;

/**
 * All that a render depends on, of Kubernetes' state: immutable, and sharing structure with the snapshots before and
 * after it. What did not change is the same object, so that a render can reuse what it made of it.
 */
export interface Snapshot {
  /** Sorted by name. */
  readonly services: readonly ServiceView[];
  /** By the names that `inputs.yaml` gives them: objects, sorted by namespace and name, each frozen deeply. */
  readonly inputs: ReadonlyMap<string, Items>;
  /** Why nothing can be rendered: `inputs.yaml` is not in order, or what it names has never been read. */
  readonly inputFault?: Diagnostic;
  /** Names, sorted; their contents never come here. */
  readonly certificates: readonly string[];
  /** ConfigMap `config`: `template`, `files.*`, and what they include; undefined where there is none. */
  readonly config: Readonly<Record<string, string>> | undefined;
  readonly hasServices: boolean;
  readonly diagnostics: readonly Diagnostic[];
}
