import { cliWord } from '../haproxy/cli.ts';
import type { Operation } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';
import { replaceVersion, showEntries } from './version.ts';

type Replacement = Extract<Operation, { readonly kind: 'replace-acl' }>;
type Alteration = Extract<Operation, { readonly kind: 'change-acl' }>;
export type AclOperation = Replacement | Alteration;

export const isOfAcl = (operation: Operation): operation is AclOperation =>
  operation.kind === 'replace-acl' || operation.kind === 'change-acl';

/** Commands that are under way at once: unlike maps, lists take one pattern a command. */
const SLICE = 1_000;

async function askAll(session: Session, what: string, patterns: Iterable<string>): Promise<void> {
  const commands = Array.from(patterns, (pattern) => `${what} ${cliWord(pattern)}`);
  for (let at = 0; at < commands.length; at += SLICE) {
    const slice = commands.slice(at, at + SLICE);
    const answers = await Promise.all(slice.map((command) => session.ask(command)));
    const refused = answers.find((answer) => answer !== '');
    if (refused !== undefined) surprise(what, refused);
  }
}

/** A session's answer ends without the blanks that a pattern may end with. */
const unique = (patterns: Iterable<string>) =>
  new Set(Array.from(patterns, (pattern) => pattern.trimEnd()));

/** Whether a list matches what the patterns match; HAProxy shows what a file has twice twice. */
function isFilled(shown: readonly string[], patterns: ReadonlySet<string>): boolean {
  const [there, wanted] = [unique(shown), unique(patterns)];
  return there.size === wanted.size && [...wanted].every((pattern) => there.has(pattern));
}

/** What is left of a list. HAProxy 3.4 deletes one of several equal patterns, and an earlier file may have had one twice. */
async function remove(session: Session, name: string, patterns: readonly string[]) {
  const going = new Set(patterns);
  let left: readonly string[] = patterns;
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    await askAll(session, `del acl ${name}`, new Set(left));
    const shown = await showEntries(session, `acl ${name}`);
    left = shown.filter((pattern) => going.has(pattern));
    if (left.length === 0 || shown.length >= before) return shown;
    before = shown.length;
  }
}

/** Reads the list in force; whether it matches what these patterns match. */
export async function hasPatterns(
  session: Session,
  file: string,
  patterns: ReadonlySet<string>,
): Promise<boolean> {
  return isFilled(await showEntries(session, `acl ${cliWord(file)}`), patterns);
}

async function alter(session: Session, { file, change, patterns }: Alteration): Promise<void> {
  const name = cliWord(file);
  await askAll(session, `add acl ${name}`, change.added);
  const shown = await remove(session, name, change.removed);
  if (!isFilled(shown, patterns)) surprise(`acl ${file} is not as it should be`);
}

/**
 * Changes the list of an ACL, and reads it back.
 *
 * @throws Surprise; where the list was to be replaced, it is then as it was
 */
export async function carryOutAcl(session: Session, operation: AclOperation): Promise<void> {
  if (operation.kind === 'change-acl') return alter(session, operation);
  const { file, patterns } = operation;
  return replaceVersion(session, {
    type: 'acl',
    file,
    fill: (target) => askAll(session, `add acl ${target}`, patterns),
    isFilled: (shown) => isFilled(shown, patterns),
  });
}
