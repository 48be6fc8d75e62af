import type { MapEntry } from '../config/map-file.ts';
import { cliWord } from '../haproxy/cli.ts';
import type { Operation } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';

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

/** The entries of `show map`: a reference, the key, the value. */
function parseShown(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.slice(line.indexOf(' ') + 1));
}

const linesOf = (entries: readonly MapEntry[]) =>
  entries.map(({ key, value }) => `${key} ${value}`);

const isSame = (shown: readonly string[], wanted: readonly string[]) =>
  shown.length === wanted.length && shown.every((line, i) => line === wanted[i]);

/** Fills a version that nobody sees yet, and compares it as a whole before it becomes the one in force. */
async function fill(session: Session, { file, entries }: Replacement, version: string) {
  const answers = await Promise.all(
    chunk(entries).map((lines) => session.ask(`add map @${version} ${file}`, lines)),
  );
  const refused = answers.find((answer) => answer !== '');
  if (refused !== undefined) surprise(`add map @${version} ${file}`, refused);
  const shown = parseShown(await session.ask(`show map @${version} ${file}`));
  if (!isSame(shown, linesOf(entries)))
    surprise(`map ${file} did not take its entries as they are`);
}

/** Replaces a map as a whole, at one moment. Source: HAProxy management guide, `prepare map`. */
async function replace(session: Session, operation: Replacement): Promise<void> {
  const { file } = operation;
  const prepared = await session.ask(`prepare map ${file}`);
  const version = /^New version created: (\d+)/.exec(prepared)?.[1];
  if (version === undefined) surprise(`prepare map ${file}`, prepared);
  try {
    await fill(session, operation, version);
  } catch (error) {
    await session.ask(`clear map @${version} ${file}`).catch(() => undefined);
    throw error;
  }
  const committed = await session.ask(`commit map @${version} ${file}`);
  if (committed !== '') surprise(`commit map ${file}`, committed);
  const maps = await session.ask('show map');
  const line = maps.split('\n').find((text) => text.includes(` (${file}) `));
  if (!line?.includes(` curr_ver=${version} `)) surprise(`map ${file} kept its former version`);
}

function commandsOf({ file, change }: Alteration): readonly Parameters<Session['ask']>[] {
  switch (change.kind) {
    case 'add':
      return chunk(change.added).map((lines) => [`add map ${file}`, lines]);
    case 'remove':
      return change.removed.map((key) => [`del map ${file} ${cliWord(key)}`]);
    case 'set': {
      const { key, value } = change.entry;
      return [[`set map ${file} ${cliWord(key)} ${cliWord(value)}`]];
    }
  }
}

/** Changes the version in force: a hundred thousand entries need not be sent again for one of them. */
async function alter(session: Session, operation: Alteration): Promise<void> {
  const { file, entries } = operation;
  const answers = await Promise.all(commandsOf(operation).map((parts) => session.ask(...parts)));
  const refused = answers.find((answer) => answer !== '');
  if (refused !== undefined) surprise(`map ${file} could not be changed`, refused);
  // Entries that came stand at the end, where a file may have them elsewhere.
  const shown = parseShown(await session.ask(`show map ${file}`)).toSorted();
  if (!isSame(shown, linesOf(entries).toSorted())) surprise(`map ${file} is not as it should be`);
}

/**
 * Changes a map, and reads it back.
 *
 * @throws Surprise; where the map was to be replaced, it is then as it was
 */
export function carryOutMap(session: Session, operation: MapOperation): Promise<void> {
  return operation.kind === 'replace-map' ? replace(session, operation) : alter(session, operation);
}
