import type { CertificateFile } from '../core/assembly.ts';
import { certificateFile } from '../core/certificate-file.ts';
import { type CertificateSet, readCertificates } from '../core/certificates.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { PackedPut as Put } from '../core/fleet-pod.ts';
import type { Data } from '../core/intent.ts';
import { unpack } from '../core/packing.ts';
import {
  readTlsCertificate,
  type TlsResult,
  withTlsCertificates,
} from '../core/tls-certificates.ts';
import type { CertificateStatus } from './publication.ts';

/** What certificates are made of. */
export interface KeyMaterial {
  /** ConfigMap `certificates`. */
  readonly chains: Data;
  /** Secret `keys`. */
  readonly keys: Data;
  /** Secrets of type `kubernetes.io/tls`. */
  readonly secrets: readonly Put[];
}

/** Certificates by name, as files that bundles hold. */
export interface CertificateFiles {
  readonly certificates: ReadonlyMap<string, CertificateFile>;
  /** Those that were in order and are not any more, as they were last. */
  readonly lost: ReadonlyMap<string, CertificateFile>;
}

/** The certificates that are in order, which no renderer is ever told. */
export interface CertificateStore {
  /** Takes other key material; tells whether other names are there than before. */
  take(material: KeyMaterial): boolean;
  files(): CertificateFiles;
  /** These chains with the keys of now. */
  pair(chains: Data): CertificateSet;
  statuses(): readonly CertificateStatus[];
  diagnostics(): readonly Diagnostic[];
}

/** What a Secret gives is found out once. */
const tlsResults = new WeakMap<Put, TlsResult>();
function tlsResultOf(secret: Put): TlsResult {
  const known = tlsResults.get(secret) ?? readTlsCertificate(unpack(secret.packed));
  tlsResults.set(secret, known);
  return known;
}

const namesOf = ({ certificates }: CertificateFiles): string =>
  [...certificates.keys()].sort().join();

/** A store for one configuration namespace. */
export function createCertificateStore(namespace: string): CertificateStore {
  let files: CertificateFiles = { certificates: new Map(), lost: new Map() };
  let keys: Data = {};
  let set: CertificateSet = { certificates: [], diagnostics: [] };

  return {
    take(material) {
      const before = files;
      keys = material.keys;
      const own = readCertificates({ chains: material.chains, keys, namespace });
      set = withTlsCertificates(own, material.secrets.map(tlsResultOf));
      const certificates = new Map(set.certificates.map((c) => [c.name, certificateFile(c)]));
      const known = [...before.lost, ...before.certificates];
      const lost = new Map(known.filter(([name]) => !certificates.has(name)));
      files = { certificates, lost };
      return namesOf(before) !== namesOf(files);
    },
    files: () => files,
    pair: (chains) => readCertificates({ chains, keys, namespace }),
    statuses: () =>
      set.certificates.map(({ name, hostnames, expiresAt, fingerprint256 }) => ({
        ...{ name, hostnames, expiresAt, fingerprint256 },
      })),
    diagnostics: () => set.diagnostics,
  };
}
