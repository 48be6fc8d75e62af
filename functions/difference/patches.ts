import { formatPatch, type StructuredPatch, structuredPatch } from 'diff';
import type { Intent } from '../core/intent.ts';
import { objectsOf } from '../core/intent-objects.ts';
import { unpack } from '../core/packing.ts';
import { type KeptRevision, shortHash } from '../core/revision.ts';

/** Lines around a change, as `diff -u` shows them. */
const CONTEXT = 3;

/** Files of either side, by name. */
export type Files = ReadonlyMap<string, string>;

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
    [...contents.entries()].map(([key, { packed }]) => {
      const json = decoder.decode(unpack(packed));
      return [`${id}/${key}`.replace('//', '/'), indented(json)] as const;
    }),
  );

/** What people wrote, key by key and object by object: services as indented JSON. */
export function filesOf(intent: Intent): Files {
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

type Labels = readonly [string, string];

/** How two sets of files differ, file by file; `timeout`, in milliseconds, bounds what is spent on one of them. */
function* differing(before: Files, after: Files, labels: Labels, timeout?: number) {
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [old, next] = [before.get(name) ?? '', after.get(name) ?? ''];
    if (before.get(name) === after.get(name)) continue;
    const [a, b] = labels.map((label) => `${label}/${name}`) as [string, string];
    const options = { context: CONTEXT, ...(timeout !== undefined && { timeout }) };
    const patch: StructuredPatch | undefined = structuredPatch(a, b, old, next, '', '', options);
    yield { name, patch };
  }
}

const isPatch = (file: { name: string; patch: StructuredPatch | undefined }): file is FilePatch =>
  file.patch !== undefined;

/** The difference of two sets of files, file by file; nothing for those that are the same. */
export const patchesOf = (before: Files, after: Files, labels: Labels): readonly FilePatch[] =>
  [...differing(before, after, labels)].filter(isPatch);

/** Files that differ in too much to be told in time. */
export interface BoundedPatches {
  readonly patches: readonly FilePatch[];
  readonly untold: readonly string[];
}

/** The same, for whoever must not be held up: so many milliseconds a file. */
export function patchesWithin(
  timeout: number,
  [before, after]: readonly [Files, Files],
  labels: Labels,
): BoundedPatches {
  const files = [...differing(before, after, labels, timeout)];
  const untold = files.filter((file) => !isPatch(file)).map(({ name }) => name);
  return { patches: files.filter(isPatch), untold };
}

/** As `diff -u` shows it. */
export const formatPatches = (patches: readonly FilePatch[]): string =>
  patches.map(({ patch }) => formatPatch(patch).replace(/^=+\n/, '').replace(/\t$/gm, '')).join('');

/** The difference of two sets of files, as `diff -u` shows it; empty where there is none. */
const diffFiles = (before: Files, after: Files, labels: Labels): string =>
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
