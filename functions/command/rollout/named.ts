import { type KeptRevision, revisionNamed } from '../../core/revision.ts';
import type { Rollout } from '../../core/rollout.ts';

/** What people ask for cannot be done; `hint` says what can. */
export class RolloutError extends Error {
  override readonly name = 'RolloutError';
  readonly code: string;
  readonly hint: string;
  constructor(code: string, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/**
 * The revision that somebody names by its number, or by the beginning of its hash.
 *
 * @throws RolloutError `revision-unknown`
 */
export function findRevision(revisions: readonly KeptRevision[], name: string): KeptRevision {
  const found = revisionNamed(revisions, name);
  if (found) return found;
  const known = revisions.map(({ number }) => number).join(', ');
  throw new RolloutError(
    'revision-unknown',
    `there is no revision ${name}`,
    known === '' ? 'None is kept yet.' : `There are ${known}: kubernetes-haproxy rollout history.`,
  );
}

/** What the fleet is to run: the pinned revision, else the stable one. */
export function currentOf(
  revisions: readonly KeptRevision[],
  { pinned, stable }: Rollout,
): KeptRevision | undefined {
  const hash = pinned ?? stable;
  return revisions.find((revision) => revision.hash === hash) ?? revisions.at(-1);
}
