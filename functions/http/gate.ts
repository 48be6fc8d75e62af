import type { AccessRequest, Authenticator, Refusal } from '../access/authenticator.ts';
import type { Log } from '../wire/log.ts';
import { Problem, type ProblemCode } from './problem.ts';

/**
 * Lets a request pass, and gives the name of who it is from.
 *
 * @throws Problem `unauthenticated`, `forbidden`, `too-many-failures` or `access-unavailable`
 */
export type Gate = (request: AccessRequest) => Promise<string>;

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
  return async (request) => {
    const verdict = await authenticator.admit(request);
    if (verdict.kind === 'allowed') return verdict.name;
    const { peer, method, path } = request;
    if (verdict.kind === 'unavailable') {
      log.error('access cannot be decided', { peer, method, path, reason: verdict.reason });
      throw new Problem({
        code: 'access-unavailable',
        detail: verdict.reason,
        headers: { 'Retry-After': String(verdict.retryAfter) },
      });
    }
    log.warn('a request was refused', { peer, method, path, reason: verdict.code });
    throw new Problem({
      code: CODES[verdict.status],
      detail: verdict.message,
      hint: verdict.hint,
      headers: refusalHeaders(verdict),
      members: { reason: verdict.code },
    });
  };
}
