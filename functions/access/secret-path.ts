import type { Authenticator } from './authenticator.ts';

/**
 * Lets in whoever knows a secret of the path itself, such as `/admission/SECRET`: the API server calls webhooks with no
 * credentials of its own, unless its own configuration says so, and a path is all that a webhook's configuration has
 * room for. Requests without one are for `inner`, as all others.
 *
 * @param holders of secrets, asked as for a bearer token; absent: no secret is good
 */
export function admitBySecret(
  inner: Authenticator,
  holders: Authenticator | undefined,
): Authenticator {
  return {
    describes: holders ? `${inner.describes}; ${holders.describes}, in the path` : inner.describes,
    recall: (request) => (request.secret === undefined ? inner.recall?.(request) : undefined),
    async admit({ secret, ...request }) {
      if (secret === undefined) return inner.admit(request);
      if (holders) return holders.admit({ ...request, authorization: `Bearer ${secret}` });
      return {
        kind: 'refused',
        status: 401,
        code: 'secret-unknown',
        message: 'the service was given no secrets for this path',
        hint: 'Set ADMISSION_SECRET_FILE.',
      };
    },
  };
}
