import type { ExplainedFile, ExplainedLine } from '../core/origin/origin.ts';
import { type AskedService, askService } from './ask.ts';
import { changesIn, formatChanges } from '../difference/changes.ts';
import { readExplanation, type ExplainAnswer } from './explain/answer.ts';
import { askExplain } from './explain.ts';
import { fields, list, text } from './json-fields.ts';
import { formatPatches, patchesOf } from '../difference/patches.ts';
import { shortHash } from '../core/revision.ts';

export interface DiffCommand extends AskedService {
  /** Each a revision, the hash of what is served now, or the name of a proxy. */
  readonly names: readonly [string, string];
  readonly output: 'table' | 'json';
  readonly stdout: (text: string) => void;
}

/** A hash, the beginning of one, or the number of a revision; anything else is the name of a proxy. */
const HASH = /^(?:sha256:)?[0-9a-f]{4,64}$|^\d+$/;

/** What to ask about: a revision, in the variant of a proxy. */
interface Side {
  readonly revision: string;
  readonly variant: string;
}

/** What a proxy runs, as far as the service knows: what is served now by its hash, else its revision as of today. */
async function sideOfProxy(command: DiffCommand, name: string): Promise<Side | undefined> {
  const status = fields(JSON.parse(await askService(command, { path: '/status' })));
  const proxy = list(fields(status.pollers).list).find((poller) => poller.name === name);
  if (!proxy) return undefined;
  const running = text(proxy.running);
  const isServed = list(status.variants).some(({ etag }) => etag === running && running !== '');
  const revision = isServed ? running : text(proxy.revision);
  return revision === '' ? undefined : { revision, variant: text(proxy.variant) };
}

async function sideOf(command: DiffCommand, name: string): Promise<Side> {
  const proxy = await sideOfProxy(command, name);
  if (!proxy && !HASH.test(name)) {
    const hint = 'Give a revision, a hash that is served now, or the name of a proxy of /status.';
    throw Object.assign(new Error(`the service knows no proxy ${name}, or not what it runs`), {
      code: 'proxy-unknown',
      hint,
    });
  }
  return proxy ?? { revision: name, variant: '' };
}

function ask(command: DiffCommand, { revision, variant }: Side): Promise<string> {
  const url = new URL(command.url);
  for (const [name, value] of new URLSearchParams(variant)) url.searchParams.set(name, value);
  return askExplain({ ...command, url: url.href }, { revision, format: 'json' });
}

const textOf = (lines: readonly ExplainedLine[]): string =>
  lines.map((line) => `${line.text}\n`).join('');

const textsOf = (files: readonly ExplainedFile[]) =>
  new Map(files.map(({ path, lines }) => [path, textOf(lines)]));

const toldOf = ({ revision, etag, variant }: ExplainAnswer) => ({ revision, etag, variant });

/**
 * `kubernetes-haproxy diff A B URL`: how the delivered files of two revisions differ, with today's endpoints, or those
 * of what two proxies run, and which place of which template, which service and which pod each difference comes from.
 *
 * @returns the exit code: 0 where they are the same, 1 where they differ
 * @throws AskError
 */
export async function diffCommand(command: DiffCommand): Promise<0 | 1> {
  const { names, output, stdout } = command;
  const sides: ExplainAnswer[] = [];
  for (const name of names) {
    const body = await ask(command, await sideOf(command, name));
    sides.push(readExplanation(body));
  }
  const [from, to] = sides as [ExplainAnswer, ExplainAnswer];
  const labels = names.map((name, i) =>
    HASH.test(name) ? shortHash(sides[i]?.revision ?? '') : name,
  ) as [string, string];
  const patches = patchesOf(textsOf(from.files), textsOf(to.files), labels);
  const files = { from: from.files, to: to.files };
  if (output === 'json') {
    const [changes, diff] = [changesIn(patches, files), formatPatches(patches)];
    const told = { from: toldOf(from), to: toldOf(to), changes, diff };
    stdout(`${JSON.stringify(told, null, 2)}\n`);
  } else stdout(formatChanges(patches, files));
  return patches.length === 0 ? 0 : 1;
}
