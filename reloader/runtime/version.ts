import { cliWord } from '../haproxy/cli.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';

/** A map, or the list of an ACL, with what shall be in it. */
export interface Wanted {
  readonly type: 'map' | 'acl';
  readonly file: string;
  /** Adds all of it. `target` is the file as a command names it, with a version before it or not. */
  fill(target: string): Promise<void>;
  isFilled(shown: readonly string[]): boolean;
}

/** The entries that `show map` or `show acl` tells, each without its reference. */
export async function showEntries(session: Session, what: string): Promise<readonly string[]> {
  const shown = await session.ask(`show ${what}`);
  const lines = shown.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.slice(line.indexOf(' ') + 1));
}

/**
 * How many entries each map or list has, by its file, versions that are prepared included.
 * Source: HAProxy management guide, `show map` and `show acl`.
 */
export async function countEntries(
  session: Session,
  type: Wanted['type'],
): Promise<ReadonlyMap<string, number>> {
  const shown = await session.ask(`show ${type}`);
  const found = shown.matchAll(/^\S+ \((\/.*?)\) pattern .* entry_cnt=(\d+)$/gm);
  return new Map([...found].map(([, file = '', count]) => [file, Number(count)]));
}

async function prepare(session: Session, { type, file }: Wanted): Promise<string> {
  const prepared = await session.ask(`prepare ${type} ${cliWord(file)}`);
  const version = /^New version created: (\d+)/.exec(prepared)?.[1];
  return version ?? surprise(`prepare ${type} ${file}`, prepared);
}

async function commit(session: Session, { type, file }: Wanted, version: string): Promise<void> {
  const committed = await session.ask(`commit ${type} @${version} ${cliWord(file)}`);
  if (committed !== '') surprise(`commit ${type} ${file}`, committed);
  const all = await session.ask(`show ${type}`);
  const line = all.split('\n').find((text) => text.includes(` (${file}) `));
  if (!line?.includes(` curr_ver=${version} `)) surprise(`${type} ${file} kept its former version`);
}

/**
 * Replaces all entries at one moment: fills a version that nobody sees yet, and compares it as a whole before it
 * becomes the one in force. Where there are no entries yet, they are added at their place: HAProxy remembers the
 * answers of lookups until entries change, which to put a version in the place of an empty one is not, and would go on
 * finding nothing (seen on 2.6 to 3.4). Source: HAProxy management guide, `prepare map` and `prepare acl`.
 *
 * @throws Surprise; the entries are then as they were
 */
export async function replaceVersion(session: Session, wanted: Wanted): Promise<void> {
  const { type, file, fill, isFilled } = wanted;
  const name = cliWord(file);
  const before = await showEntries(session, `${type} ${name}`);
  const version = before.length === 0 ? undefined : await prepare(session, wanted);
  const target = version === undefined ? name : `@${version} ${name}`;
  try {
    await fill(target);
    if (!isFilled(await showEntries(session, `${type} ${target}`)))
      surprise(`${type} ${file} did not take its entries as they are`);
  } catch (error) {
    await session.ask(`clear ${type} ${target}`).catch(() => undefined);
    throw error;
  }
  if (version !== undefined) await commit(session, wanted, version);
}
