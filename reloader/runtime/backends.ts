import type { BackendOperation, Operation } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';
import { type Tombstones, tryDeleteBackend } from './tombstones.ts';

const KINDS: ReadonlySet<string> = new Set([
  'add-backend',
  'publish-backend',
  'unpublish-backend',
  'delete-backend',
] satisfies BackendOperation['kind'][]);

export const isOfBackend = (operation: Operation): operation is BackendOperation =>
  KINDS.has(operation.kind);

/** What an apply works on. */
export interface BackendsContext {
  readonly session: Session;
  readonly tombstones: Tombstones;
}

/** HAProxy may warn first, of a line of the defaults for instance. */
async function expect(session: Session, command: string, expected: RegExp): Promise<void> {
  const answer = await session.ask(command);
  if (!expected.test(answer)) surprise(command, answer);
}

/**
 * Sends what an operation takes, without waiting for the commands before. A backend whose name was freed in vain is
 * the same one and comes back; one whose streams go on waits, unpublished.
 *
 * @throws Surprise
 */
export async function carryOutBackend(
  { session, tombstones }: BackendsContext,
  operation: BackendOperation,
): Promise<void> {
  const { kind, backend } = operation;
  switch (kind) {
    case 'add-backend':
      if (tombstones.findBackend(backend) !== undefined) return tombstones.removeBackend(backend);
      return expect(
        session,
        `add backend ${backend} ${operation.words.join(' ')}`,
        /^New backend registered\.$/m,
      );
    case 'publish-backend':
      return expect(session, `publish backend ${backend}`, /^Backend published\.$/m);
    case 'unpublish-backend':
      return expect(session, `unpublish backend ${backend}`, /^Backend unpublished\.$/m);
    case 'delete-backend': {
      const { words } = operation;
      const deletion = await tryDeleteBackend(session, backend);
      if (deletion === 'busy') tombstones.addBackend({ backend, words });
      else if (deletion !== 'deleted') surprise(`del backend ${backend}`, deletion.refused);
    }
  }
}

/** By name, whether rules that name it lead there. */
export type BackendStates = ReadonlyMap<string, boolean>;

/** One answer for all is cheaper than so many. */
const FEW = 32;
/** Of `show stat`: backends alone. Source: HAProxy management guide, 9.1 "CSV format" and 9.3 `show stat`. */
const NAME = 0;
const STATUS = 17;

/** Reads which backends there are, from the names in `show backend` where others are of no account. */
export async function readBackends(
  session: Session,
  wanted?: ReadonlySet<string>,
): Promise<BackendStates> {
  const shown = (await session.ask('show backend')).split('\n').slice(1);
  const there = shown.filter((name) => wanted === undefined || wanted.has(name));
  const scopes = wanted === undefined || there.length > FEW ? ['-1'] : there;
  const answers = await Promise.all(scopes.map((scope) => session.ask(`show stat ${scope} 2 -1`)));
  const status = new Map<string, string>();
  for (const line of answers.join('\n').split('\n')) {
    const cells = line.split(',', STATUS + 1);
    if (cells.length > STATUS && !line.startsWith('#'))
      status.set(cells[NAME] as string, cells[STATUS] as string);
  }
  return new Map(there.map((name) => [name, !/\(UNPUB\)/.test(status.get(name) ?? '')]));
}

/**
 * Reads backends back: those that came are there and published, those that went are gone, or wait for their streams.
 *
 * @throws Surprise
 */
export async function verifyBackends(
  { session, tombstones }: BackendsContext,
  operations: readonly BackendOperation[],
): Promise<void> {
  if (operations.length === 0) return;
  const last = new Map(operations.map(({ kind, backend }) => [backend, kind]));
  const states = await readBackends(session, new Set(last.keys()));
  for (const [backend, kind] of last) {
    const isPublished = states.get(backend);
    if (kind === 'publish-backend' && isPublished !== true)
      surprise(`backend ${backend} is ${isPublished === undefined ? 'missing' : 'not published'}`);
    const waits = tombstones.findBackend(backend) !== undefined && isPublished === false;
    if (kind === 'delete-backend' && isPublished !== undefined && !waits)
      surprise(`backend ${backend} is still there`);
  }
}
