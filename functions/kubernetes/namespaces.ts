import type { Diagnostic } from '../core/diagnostics.ts';
import type { Change } from '../core/objects.ts';
import { formatKey, readData } from '../core/objects.ts';
import { readService } from '../core/services.ts';

/** The namespaces that ConfigMap `services` names, sorted, each once. */
export interface NamedNamespaces {
  /** Those whose pods can be asked for. */
  readonly possible: readonly string[];
  /** Those that no namespace can be named. */
  readonly impossible: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A DNS label (RFC 1123), as Kubernetes has it; anything else must not reach the path of a request. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function refuse(where: Diagnostic['where'], namespace: string): Diagnostic {
  return {
    severity: 'error',
    code: 'service-namespace-name',
    message: `service ${where.key} is in namespace ${JSON.stringify(namespace)}, which is not a valid name; it is left out`,
    hint: 'The name of a namespace has at most 63 lowercase letters, digits and hyphens.',
    where,
  };
}

/** Reads the namespaces out of a change of ConfigMap `services`; what is wrong otherwise is the core's to tell. */
export function readNamespaces(change: Change): NamedNamespaces {
  return namedBy(change.type === 'put' ? readData(change.json) : {}, formatKey(change));
}

/** The namespaces that the data of a ConfigMap `services` names; `place` is what diagnostics call it. */
export function namedBy(data: Readonly<Record<string, unknown>>, place: string): NamedNamespaces {
  const possible = new Set<string>();
  const impossible = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const [name, text] of Object.entries(data)) {
    const result = readService({ object: place, name, text: String(text) });
    if (result.kind === 'problem') continue;
    const { namespace } = result.service;
    if (LABEL.test(namespace)) possible.add(namespace);
    else {
      impossible.add(namespace);
      diagnostics.push(refuse({ object: place, key: name }, namespace));
    }
  }
  return { possible: [...possible].sort(), impossible: [...impossible].sort(), diagnostics };
}
