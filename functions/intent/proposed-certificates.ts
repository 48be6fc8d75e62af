import type { CertificateSet } from '../core/certificates.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { Data } from '../core/intent.ts';
import { findExpiring } from '../status/expiry.ts';
import type { ProposalVerdict, Proposal } from './proposal.ts';

export interface CertificatesBeside {
  readonly namespace: string;
  /** Chains with the keys of now. */
  readonly pair: (chains: Data) => CertificateSet;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Wrong whatever key comes with it. A chain without its key, or beside the key of before, may be about to get it. */
const WRONG: ReadonlySet<string> = new Set(['certificate-parse', 'certificate-name']);

/** What would become of other chains in ConfigMap `certificates`. */
export function judgeCertificates(
  { before = {}, after }: Proposal,
  { namespace, pair, now }: CertificatesBeside,
): ProposalVerdict {
  const object = `configmaps/${namespace}/certificates`;
  const { certificates, diagnostics } = pair(after);
  const expiring = findExpiring(certificates, { object, now });
  const isTouched = ({ where: { object: of, key = '' } }: Diagnostic) =>
    of === object && after[key] !== undefined && after[key] !== before[key];
  const found = [...diagnostics, ...expiring].filter(isTouched);
  return {
    kind: 'judged',
    refused: found.filter(({ code }) => WRONG.has(code)),
    odd: found.filter(({ code }) => !WRONG.has(code)),
  };
}
