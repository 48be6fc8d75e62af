import type { MapEntry } from '../config/map-file.ts';
import type { Operation } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';

export type MapOperation = Extract<Operation, { readonly kind: 'replace-map' }>;

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

/** Fills a version that nobody sees yet, and compares it as a whole before it becomes the one in force. */
async function fill(session: Session, { file, entries }: MapOperation, version: string) {
  const answers = await Promise.all(
    chunk(entries).map((lines) => session.ask(`add map @${version} ${file}`, lines)),
  );
  const refused = answers.find((answer) => answer !== '');
  if (refused !== undefined) surprise(`add map @${version} ${file}`, refused);
  const shown = parseShown(await session.ask(`show map @${version} ${file}`));
  const wanted = entries.map(({ key, value }) => `${key} ${value}`);
  if (shown.length !== wanted.length || shown.some((line, i) => line !== wanted[i]))
    surprise(`map ${file} did not take its entries as they are`);
}

/**
 * Replaces a map as a whole, at one moment, and reads it back. Source: HAProxy management guide, `prepare map`.
 *
 * @throws Surprise; the map is then as it was
 */
export async function carryOutMap(session: Session, operation: MapOperation): Promise<void> {
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
