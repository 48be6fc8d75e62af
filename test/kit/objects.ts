import { decodeObject } from '../../functions/core/object-decoder.ts';
import type { Change } from '../../functions/core/objects.ts';

export interface PodOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly ip?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ready?: boolean;
  readonly terminating?: boolean;
}

/** A pod as the API server shows it, as far as anything here reads it. */
export function pod(options: PodOptions) {
  const { name, namespace = 'shop', ip = '10.0.0.1', labels = { app: 'web' } } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels,
      ...(options.terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { containers: [{ name: 'main', image: 'web:1' }] },
    status: {
      phase: 'Running',
      podIP: ip,
      conditions: [{ type: 'Ready', status: options.ready === false ? 'False' : 'True' }],
    },
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace = 'lb') {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

export function secret(name: string, data: Readonly<Record<string, string>>, namespace = 'lb') {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
}

/** The object as a change that a source delivers. */
export function put(object: unknown): Change & { readonly type: 'put' } {
  const decoded = decodeObject(object);
  if (decoded.kind !== 'decoded')
    throw new Error(`not an object to decode: ${JSON.stringify(decoded)}`);
  return decoded.change;
}

export function gone(change: Change): Change {
  const { kind, namespace, name } = change;
  return { type: 'delete', kind, namespace, name };
}
