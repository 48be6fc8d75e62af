import type { MapEntry } from '../config/map-file.ts';
import { cliWord } from '../haproxy/cli.ts';
import type { Operation } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';
import { replaceVersion, showEntries } from './version.ts';

type Replacement = Extract<Operation, { readonly kind: 'replace-map' }>;
type Alteration = Extract<Operation, { readonly kind: 'change-map' }>;
export type MapOperation = Replacement | Alteration;

export const isOfMap = (operation: Operation): operation is MapOperation =>
  operation.kind === 'replace-map' || operation.kind === 'change-map';

/** Bytes of one payload: it must fit into a buffer (16384 by default) together with its command. */
const CHUNK_BYTES = 12_000;

function chunk(entries: readonly MapEntry[]): readonly string[] {
  const chunks: string[] = [];
  let lines: string[] = [];
  let size = 0;
  for (const { key, value } of entries) {
    const line = `${key} ${value}`;
    const bytes = Buffer.byteLength(line) + 1;
    if (size + bytes > CHUNK_BYTES && lines.length > 0) {
      chunks.push(lines.join('\n'));
      lines = [];
      size = 0;
    }
    lines.push(line);
    size += bytes;
  }
  return lines.length === 0 ? chunks : [...chunks, lines.join('\n')];
}

const linesOf = (entries: readonly MapEntry[]) =>
  entries.map(({ key, value }) => `${key} ${value}`);

const isSame = (shown: readonly string[], wanted: readonly string[]) =>
  shown.length === wanted.length && shown.every((line, i) => line === wanted[i]);

/** Reads the map in force; whether it has these entries, in any order. */
export async function hasEntries(
  session: Session,
  file: string,
  entries: readonly MapEntry[],
): Promise<boolean> {
  // Entries that came stand at the end, where a file may have them elsewhere.
  const shown = await showEntries(session, `map ${cliWord(file)}`);
  return isSame(shown.toSorted(), linesOf(entries).toSorted());
}

/** Replaces a map as a whole. */
const replace = (session: Session, { file, entries }: Replacement): Promise<void> =>
  replaceVersion(session, {
    type: 'map',
    file,
    async fill(target) {
      const answers = await Promise.all(
        chunk(entries).map((lines) => session.ask(`add map ${target}`, lines)),
      );
      const refused = answers.find((answer) => answer !== '');
      if (refused !== undefined) surprise(`add map ${target}`, refused);
    },
    isFilled: (shown) => isSame(shown, linesOf(entries)),
  });

function commandsOf({ file, change }: Alteration): readonly Parameters<Session['ask']>[] {
  const name = cliWord(file);
  switch (change.kind) {
    case 'add':
      return chunk(change.added).map((lines) => [`add map ${name}`, lines]);
    case 'remove':
      return change.removed.map((key) => [`del map ${name} ${cliWord(key)}`]);
    case 'set': {
      const { key, value } = change.entry;
      return [[`set map ${name} ${cliWord(key)} ${cliWord(value)}`]];
    }
  }
}

/** Changes the version in force: a hundred thousand entries need not be sent again for one of them. */
async function alter(session: Session, operation: Alteration): Promise<void> {
  const { file, entries } = operation;
  const answers = await Promise.all(commandsOf(operation).map((parts) => session.ask(...parts)));
  const refused = answers.find((answer) => answer !== '');
  if (refused !== undefined) surprise(`map ${file} could not be changed`, refused);
  if (!(await hasEntries(session, file, entries))) surprise(`map ${file} is not as it should be`);
}

/**
 * Changes a map, and reads it back.
 *
 * @throws Surprise; where the map was to be replaced, it is then as it was
 */
export function carryOutMap(session: Session, operation: MapOperation): Promise<void> {
  return operation.kind === 'replace-map' ? replace(session, operation) : alter(session, operation);
}
