import type { AccessRequest, Authenticator, Refusal } from '../access/authenticator.ts';
import type { Log } from '../wire/log.ts';
import { Problem, type ProblemCode } from './problem.ts';

/** Who is let in, and until when that is known, in milliseconds since the epoch. */
export interface Admission {
  readonly name: string;
  readonly until?: number;
  /** The names that its client may go by as a proxy, its own first. */
  readonly proven?: readonly string[];
}

/**
 * Lets a request pass: at once where its client is known.
 *
 * @throws Problem `unauthenticated`, `forbidden`, `too-many-failures` or `access-unavailable`
 */
export type Gate = (request: AccessRequest) => Admission | Promise<Admission>;

const CODES: Record<Refusal['status'], ProblemCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  429: 'too-many-failures',
};

function refusalHeaders({ status, retryAfter }: Refusal): Record<string, string> {
  if (status === 401) return { 'WWW-Authenticate': 'Bearer realm="kubernetes-haproxy"' };
  return retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
}

/** A gate by this authenticator's verdicts. Whom it turns away is logged, by address and reason. */
export function createGate(authenticator: Authenticator, log: Log): Gate {
  async function ask(request: AccessRequest): Promise<Admission> {
    const verdict = await authenticator.admit(request);
    if (verdict.kind === 'allowed') return verdict;
    const { peer, method, path } = request;
    if (verdict.kind === 'unavailable') {
      log.error('cannot authorize a request', { peer, method, path, reason: verdict.reason });
      throw new Problem({
        code: 'access-unavailable',
        detail: verdict.reason,
        headers: { 'Retry-After': String(verdict.retryAfter) },
      });
    }
    log.warn('request refused', { peer, method, path, reason: verdict.code });
    throw new Problem({
      code: CODES[verdict.status],
      detail: verdict.message,
      hint: verdict.hint,
      headers: refusalHeaders(verdict),
      members: { reason: verdict.code },
    });
  }

  return (request) => {
    const known = authenticator.recall?.(request);
    return known?.kind === 'allowed' ? known : ask(request);
  };
}
