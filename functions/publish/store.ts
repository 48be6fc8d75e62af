import type { CertificateFile } from '../core/assembly.ts';
import { readCertificates } from '../core/certificates.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import { formatKey, type KubernetesObject, type ObjectKey } from '../core/objects.ts';
import { certificateFile } from '../core/offline.ts';
import { type PackedChange, type PackedUpdate, packChange, unpack } from '../core/packing.ts';
import type { CertificateStatus } from '../publication.ts';
import type { Delivery } from '../source.ts';
import type { AsOf } from '../wire/as-of.ts';

/** The state that bundles are made of, at one moment. */
export interface Inputs {
  /** Grows with every change that a render could see. */
  readonly version: number;
  readonly asOf: AsOf;
  readonly certificates: ReadonlyMap<string, CertificateFile>;
}

/** What a delivery means to the renderer. */
export interface Taken {
  readonly update: PackedUpdate;
  /** Whether it is worth a render: an object, a certificate or an unread namespace differs. */
  readonly hasChanged: boolean;
  /** Whether ConfigMap `config` differs: a template that failed deserves another try at once. */
  readonly hasNewTemplates: boolean;
}

/**
 * What the server knows of Kubernetes: every object, packed, so that a new renderer can be told
 * everything without asking the API server, and the certificates, which no renderer is ever told.
 */
export interface Store {
  take(delivery: Delivery): Taken;
  /** Everything that a renderer is to know. */
  whole(): PackedUpdate;
  inputs(): Inputs;
  isSynced(): boolean;
  certificates(): readonly CertificateStatus[];
  diagnostics(): readonly Diagnostic[];
  /** All objects but Secrets, sorted by key. */
  objects(): readonly Uint8Array[];
}

const decoder = new TextDecoder();

function dataOf(json: Uint8Array | undefined): Readonly<Record<string, string>> {
  return json ? ((JSON.parse(decoder.decode(json)) as KubernetesObject).data ?? {}) : {};
}

/** A store for one configuration namespace. */
export function createStore(namespace: string): Store {
  const chainsKey = `configmaps/${namespace}/certificates`;
  const keysKey = `secrets/${namespace}/keys`;
  const configKey = `configmaps/${namespace}/config`;
  const objects = new Map<string, PackedChange & { readonly type: 'put' }>();
  let unread: readonly string[] = [];
  let isSynced = false;
  let inputs: Inputs = { version: 0, asOf: {}, certificates: new Map() };
  let statuses: readonly CertificateStatus[] = [];
  let diagnostics: readonly Diagnostic[] = [];

  /** Whether the change differs from what is known. */
  function keep(change: PackedChange): boolean {
    const key = formatKey(change);
    if (change.type === 'delete') return objects.delete(key);
    const known = objects.get(key);
    if (known && Buffer.compare(known.packed, change.packed) === 0) return false;
    objects.set(key, change);
    return true;
  }

  const jsonOf = (key: string): Uint8Array | undefined => {
    const packed = objects.get(key)?.packed;
    return packed && unpack(packed);
  };

  function checkCertificates(): void {
    const set = readCertificates({
      chains: dataOf(jsonOf(chainsKey)),
      keys: dataOf(jsonOf(keysKey)),
      namespace,
    });
    inputs = {
      ...inputs,
      certificates: new Map(set.certificates.map((c) => [c.name, certificateFile(c)])),
    };
    statuses = set.certificates.map(({ name, hostnames, expiresAt, fingerprint256 }) => ({
      name,
      hostnames,
      expiresAt,
      fingerprint256,
    }));
    diagnostics = set.diagnostics;
  }

  /** Keys stay here, and so do chains: the renderer has no use for them. */
  const isForRenderer = (key: ObjectKey): boolean =>
    key.kind !== 'secrets' && formatKey(key) !== chainsKey;

  const updateOf = (changes: readonly PackedChange[]): PackedUpdate => ({
    changes: changes.filter(isForRenderer),
    certificates: [...inputs.certificates.keys()].sort(),
    unread,
  });

  return {
    take(delivery) {
      const changes = delivery.changes.map(packChange).filter(keep);
      const keys = new Set(changes.map(formatKey));
      if (keys.has(chainsKey) || keys.has(keysKey)) checkCertificates();
      const hasChanged = changes.length > 0 || delivery.unread.join() !== unread.join();
      unread = delivery.unread;
      isSynced ||= delivery.isSynced;
      const version = inputs.version + (hasChanged ? 1 : 0);
      inputs = { ...inputs, asOf: delivery.asOf, version };
      return { update: updateOf(changes), hasChanged, hasNewTemplates: keys.has(configKey) };
    },
    whole: () => updateOf([...objects.values()]),
    inputs: () => inputs,
    isSynced: () => isSynced,
    certificates: () => statuses,
    diagnostics: () => diagnostics,
    objects: () =>
      [...objects.keys()]
        .sort()
        .flatMap((key) => objects.get(key) ?? [])
        .filter(({ kind }) => kind !== 'secrets')
        .map(({ packed }) => unpack(packed)),
  };
}
