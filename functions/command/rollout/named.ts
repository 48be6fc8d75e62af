import type { KeptRevision } from '../../core/revision.ts';
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

/** The shortest part of a hash that names a revision. */
const SHORTEST = 4;

/** A hash as people are shown it. */
export const shortHash = (hash: string): string => hash.slice('sha256:'.length).slice(0, 12);

/**
 * The revision that somebody names by its number, or by the beginning of its hash.
 *
 * @throws RolloutError `revision-unknown`
 */
export function findRevision(revisions: readonly KeptRevision[], name: string): KeptRevision {
  const hash = name.replace(/^sha256:/, '');
  const found =
    revisions.find(({ number }) => String(number) === name) ??
    (hash.length >= SHORTEST
      ? revisions.find((revision) => revision.hash.startsWith(`sha256:${hash}`))
      : undefined);
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
