import type { Diagnostic } from '../core/diagnostics.ts';
import { nameOfEntry, type StatusEntry } from '../core/statuses.ts';
import type { ApiError } from './api-error.ts';
import type { Resource } from './collection.ts';

/** Why an object has not the status that it is to have. */
export interface Trouble {
  readonly entry: StatusEntry;
  readonly error: ApiError;
  readonly resource: Resource | undefined;
}

function hintFor({ entry, error, resource }: Trouble): string {
  if (error.code !== 'kubernetes-forbidden' || !resource) return error.hint;
  const { group, plural, isNamespaced } = resource;
  const rule = `{apiGroups: [${group || '""'}], resources: [${plural}/status], verbs: [get, update]}`;
  const place = isNamespaced ? `a Role in namespace ${entry.namespace}` : 'a ClusterRole';
  return `Grant the rule ${rule} with ${place} (kubernetes-haproxy rbac --write-status prints it), or take "status: write" out of inputs.yaml.`;
}

/** It holds nothing back: everything is served as if the status had been written. */
export function toDiagnostic(trouble: Trouble): Diagnostic {
  const object = nameOfEntry(trouble.entry);
  return {
    severity: 'warning',
    code: 'status-unwritten',
    message: `the status of ${object} cannot be written: ${trouble.error.message}`,
    hint: hintFor(trouble),
    where: { object },
  };
}
