import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CertificateFile } from '../core/assembly.ts';
import { readCertificates } from '../core/certificates.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { InventoryUpdate } from '../core/inventory.ts';
import { type Change, formatKey, type KubernetesObject, type ObjectKey } from '../core/objects.ts';
import { certificateFile } from '../core/offline.ts';
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
  readonly update: InventoryUpdate;
  /** Whether it is worth a render: an object, a certificate or an unread namespace differs. */
  readonly hasChanged: boolean;
  /** Whether ConfigMap `config` differs: a template that failed deserves another try at once. */
  readonly hasNewTemplates: boolean;
}

/**
 * What the server knows of Kubernetes: every object as the bytes in which it came, so that a new renderer can be told
 * everything without asking the API server, and the certificates, which no renderer is ever told.
 */
export interface Store {
  take(delivery: Delivery): Taken;
  /** Everything that a renderer is to know. */
  whole(): InventoryUpdate;
  inputs(): Inputs;
  isSynced(): boolean;
  certificates(): readonly CertificateStatus[];
  diagnostics(): readonly Diagnostic[];
  /** All objects but Secrets, sorted by key. */
  objects(): readonly Uint8Array[];
}

type Packed = ObjectKey & { readonly packed: Uint8Array };

const decoder = new TextDecoder();

/** Small buffers: objects are of a few kB, and the memory of a whole window would be made anew for each of them. */
const PACKING = { level: 1, memLevel: 4, windowBits: 12, chunkSize: 2048 };

/**
 * Objects are kept packed: they are many, and read again only where a renderer starts. Equal bytes pack equally. The
 * copy lets go of what the packer allocated beyond its output.
 */
const pack = (json: Uint8Array): Uint8Array => new Uint8Array(deflateRawSync(json, PACKING));
const unpack = (packed: Uint8Array): Uint8Array => inflateRawSync(packed);

function dataOf(json: Uint8Array | undefined): Readonly<Record<string, string>> {
  return json ? ((JSON.parse(decoder.decode(json)) as KubernetesObject).data ?? {}) : {};
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** A store for one configuration namespace. */
export function createStore(namespace: string): Store {
  const chainsKey = `configmaps/${namespace}/certificates`;
  const keysKey = `secrets/${namespace}/keys`;
  const configKey = `configmaps/${namespace}/config`;
  const objects = new Map<string, Packed>();
  let unread: readonly string[] = [];
  let isSynced = false;
  let inputs: Inputs = { version: 0, asOf: {}, certificates: new Map() };
  let statuses: readonly CertificateStatus[] = [];
  let diagnostics: readonly Diagnostic[] = [];

  /** Whether the change differs from what is known. */
  function keep(change: Change): boolean {
    const key = formatKey(change);
    if (change.type === 'delete') return objects.delete(key);
    const { kind, namespace: of, name } = change;
    const packed = pack(change.json);
    const known = objects.get(key);
    if (known && equal(known.packed, packed)) return false;
    objects.set(key, { kind, namespace: of, name, packed });
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

  const updateOf = (changes: readonly Change[]): InventoryUpdate => ({
    changes: changes.filter(isForRenderer),
    certificates: [...inputs.certificates.keys()].sort(),
    unread,
  });

  return {
    take(delivery) {
      const changes = delivery.changes.filter(keep);
      const keys = new Set(changes.map(formatKey));
      if (keys.has(chainsKey) || keys.has(keysKey)) checkCertificates();
      const hasChanged = changes.length > 0 || delivery.unread.join() !== unread.join();
      unread = delivery.unread;
      isSynced ||= delivery.isSynced;
      const version = inputs.version + (hasChanged ? 1 : 0);
      inputs = { ...inputs, asOf: delivery.asOf, version };
      return { update: updateOf(changes), hasChanged, hasNewTemplates: keys.has(configKey) };
    },
    whole: () =>
      updateOf(
        [...objects.values()].map(({ packed, ...key }) => ({
          type: 'put',
          ...key,
          json: unpack(packed),
        })),
      ),
    inputs: () => inputs,
    isSynced: () => isSynced,
    certificates: () => statuses,
    diagnostics: () => diagnostics,
    objects: () =>
      [...objects.keys()]
        .sort()
        .map((key) => objects.get(key) as Packed)
        .filter(({ kind }) => kind !== 'secrets')
        .map(({ packed }) => unpack(packed)),
  };
}
