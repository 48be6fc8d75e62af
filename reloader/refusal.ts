import type { Alert } from '../functions/wire/alerts.ts';
import { isOfSurroundings } from './surroundings.ts';

/**
 * A release that is not live, and why. Codes: `check-failed`, `no-listener`, `check-timeout`, `haproxy-missing`,
 * `roll-the-pod`, `bind-conflict`, `file-missing`, `disk`, `failed`, `start-failed`, `reload-failed`,
 * `haproxy-killed`,
 * `haproxy-away`, `no-release`.
 */
export interface Refusal {
  readonly etag: string;
  /** Of the intent that it is of, where that is known. */
  readonly revision?: string;
  /** When, as an ISO time. */
  readonly at: string;
  readonly code: string;
  /** One sentence. */
  readonly reason: string;
  readonly errors: readonly Alert[];
}

/** A refusal before it is bound to a release and a time. */
export type Reason = Pick<Refusal, 'code' | 'reason' | 'errors'>;

/**
 * Why a bundle is looked at: it came, a time has come (a retry, a scheduled reconciliation), or somebody asked; `instead`:
 * it came, of an earlier revision, in the place of one that is refused here.
 */
export type Occasion = 'came' | 'instead' | 'due' | 'asked';

/** Those that the same bytes will meet again, unless what they met was in the surroundings. */
const LASTING = new Set(['check-failed', 'no-listener', 'roll-the-pod', 'reload-failed']);

/** Whether the configuration itself is refused, so that only somebody who asks gets another try. */
export function isLasting({ code, errors }: Pick<Refusal, 'code' | 'errors'>): boolean {
  return LASTING.has(code) && !isOfSurroundings(errors);
}

/** Those by which `haproxy -c` refuses a configuration, rather than this HAProxy, or what it is given. */
const OF_THE_CHECK = new Set(['check-failed', 'no-listener']);

/** Whether the same would be refused wherever the same HAProxy is asked. */
export function isOfTheConfiguration({ code, errors }: Pick<Refusal, 'code' | 'errors'>): boolean {
  return OF_THE_CHECK.has(code) && !isOfSurroundings(errors);
}

/** Whether a refused release is worth another try. A reload that fails costs two seconds of service: only when asked. */
export function isTried(refusal: Pick<Refusal, 'code' | 'errors'>, occasion: Occasion): boolean {
  if (!isLasting(refusal) || occasion === 'asked') return true;
  return occasion === 'due' && refusal.code !== 'reload-failed';
}

/** One line of printable ASCII for a header: where it is and what it says. */
export function headline({ code, reason, errors }: Reason): string {
  const [first] = errors;
  const place = first?.line === undefined ? '' : `${first.file}:${first.line}: `;
  const text = first === undefined ? reason : `${place}${first.message}`;
  return `${code}: ${text}`
    .replaceAll(/[^\x21-\x7e]+/g, ' ')
    .slice(0, 300)
    .trim();
}
