import { formatPatch, type StructuredPatch, structuredPatch } from 'diff';
import type { Intent } from '../../core/intent.ts';
import { objectsOf } from '../../core/intent-objects.ts';
import { unpack } from '../../core/packing.ts';
import type { KeptRevision } from '../../core/revision.ts';
import { shortHash } from './named.ts';

/** Lines around a change, as `diff -u` shows them. */
const CONTEXT = 3;

/** Files of either side, by name. */
type Files = ReadonlyMap<string, string>;

function indented(json: string): string {
  try {
    return `${JSON.stringify(JSON.parse(json), null, 2)}\n`;
  } catch {
    return `${json}\n`;
  }
}

const decoder = new TextDecoder();

/** Objects of inputs, by feed, namespace and name. */
const objectFilesOf = (intent: Intent): readonly (readonly [string, string])[] =>
  [...objectsOf(intent)].flatMap(([id, contents]) =>
    Array.from(
      contents,
      ([key, { packed }]) =>
        [`${id}/${key}`.replace('//', '/'), indented(decoder.decode(unpack(packed)))] as const,
    ),
  );

function filesOf(intent: Intent): Files {
  const { services = {}, config = {} } = intent;
  return new Map([
    ...Object.entries(config).map(([key, text]) => [`config/${key}`, text] as const),
    ...Object.entries(services).map(([key, json]) => [`services/${key}`, indented(json)] as const),
    ...objectFilesOf(intent),
  ]);
}

/** How a file differs. */
export interface FilePatch {
  readonly name: string;
  readonly patch: StructuredPatch;
}

/** The difference of two sets of files, file by file; nothing for those that are the same. */
export function patchesOf(
  before: Files,
  after: Files,
  labels: readonly [string, string],
): readonly FilePatch[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => {
      const [old, next] = [before.get(name) ?? '', after.get(name) ?? ''];
      const [a, b] = labels.map((label) => `${label}/${name}`) as [string, string];
      return { name, patch: structuredPatch(a, b, old, next, '', '', { context: CONTEXT }) };
    });
}

/** As `diff -u` shows it. */
export const formatPatches = (patches: readonly FilePatch[]): string =>
  patches.map(({ patch }) => formatPatch(patch).replace(/^=+\n/, '').replace(/\t$/gm, '')).join('');

/** The difference of two sets of files, as `diff -u` shows it; empty where there is none. */
const diffFiles = (before: Files, after: Files, labels: readonly [string, string]): string =>
  formatPatches(patchesOf(before, after, labels));

const labelOf = ({ number, hash }: KeptRevision): string => `${number}-${shortHash(hash)}`;

/** `rollout diff A B`: what people wrote. */
export function diffIntents(a: KeptRevision, b: KeptRevision): string {
  return diffFiles(filesOf(a.intent), filesOf(b.intent), [labelOf(a), labelOf(b)]);
}

/** `rollout diff A B --rendered`: what comes of it, by the same endpoints. */
export function diffRendered(
  [a, before]: readonly [KeptRevision, Files],
  [b, after]: readonly [KeptRevision, Files],
): string {
  return diffFiles(before, after, [labelOf(a), labelOf(b)]);
}
