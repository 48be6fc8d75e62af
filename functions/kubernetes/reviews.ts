import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { isFields } from '../core/fields.ts';

/** Whom a token stands for. */
export interface TokenSubject {
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface Reviews {
  /**
   * TokenReview: who it is, or undefined where the token is none of this cluster, expired, or for another audience.
   *
   * @throws ApiError
   */
  identify(token: string): Promise<TokenSubject | undefined>;
  /**
   * SubjectAccessReview of a path that is no object of the API.
   *
   * @throws ApiError
   */
  mayRequest(subject: TokenSubject, request: { verb: string; path: string }): Promise<boolean>;
}

const DEADLINE_MS = 5000;
const TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';
const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

const statusOf = (review: unknown): Record<string, unknown> => {
  if (isFields(review) && isFields(review.status)) return review.status;
  throw new ApiError('kubernetes-garbage', 'a review of the API server has no status');
};

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [];

/** The reviews by which the API server tells who somebody is and what they may do. */
export function createReviews(client: ApiClient, audience: string): Reviews {
  const review = async (path: string, kind: string, spec: object) => {
    const apiVersion = path.split('/').slice(2, 4).join('/');
    const body = { apiVersion, kind, spec };
    return statusOf(await client.json({ path, body, deadlineMs: DEADLINE_MS }));
  };
  return {
    async identify(token) {
      const spec = { token, audiences: [audience] };
      const { authenticated, audiences, user } = await review(TOKEN_REVIEWS, 'TokenReview', spec);
      // A server that knows nothing of audiences says yes without naming any: then nobody knows whom it was for.
      if (authenticated !== true || !texts(audiences).includes(audience)) return undefined;
      const { username, uid, groups, extra } = isFields(user) ? user : {};
      if (typeof username !== 'string' || username === '') return undefined;
      return {
        user: username,
        uid: typeof uid === 'string' ? uid : '',
        groups: texts(groups),
        extra: isFields(extra) ? extra : {},
      };
    },
    async mayRequest({ user, uid, groups, extra }, nonResourceAttributes) {
      const spec = { user, uid, groups, extra, nonResourceAttributes };
      const { allowed, denied } = await review(ACCESS_REVIEWS, 'SubjectAccessReview', spec);
      return allowed === true && denied !== true;
    },
  };
}
