/** The revision of the intent that an answer was rendered from. */
export const REVISION_HEADER = 'x-config-revision';
/** That an answer is of an earlier revision, in the place of this one, which the poller said that it refuses. */
export const INSTEAD_HEADER = 'x-config-instead-of';
/** In a request: the revision that the poller's HAProxy runs. */
export const RUNNING_HEADER = 'x-running-revision';
/** In a request: the revision that it refused, and does not want now. */
export const REFUSED_HEADER = 'x-refused-revision';

const REVISION = /^sha256:[0-9a-f]{64}$/;

/** The revision that a header names, or undefined where it names none. */
export function parseRevision(text: string | undefined): string | undefined {
  return text !== undefined && REVISION.test(text) ? text : undefined;
}
