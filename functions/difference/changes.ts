import { type ExplainedFile, formatOrigin, type Origin } from '../core/origin/origin.ts';
import type { FilePatch } from './patches.ts';

/** A line that only one side has. */
export interface Change {
  readonly path: string;
  readonly side: 'from' | 'to';
  /** Its number on that side. */
  readonly line: number;
  readonly text: string;
  readonly origin?: Origin;
}

export interface Sides {
  readonly from: readonly ExplainedFile[];
  readonly to: readonly ExplainedFile[];
}

type Hunk = FilePatch['patch']['hunks'][number];
type Origins = Readonly<Record<keyof Sides, ReadonlyMap<number, Origin | undefined>>>;

/** The origins of a file's lines, by their numbers, as far as they are known. */
function originsOf(path: string, sides: Sides): Origins {
  const find = (side: keyof Sides) => {
    const lines = sides[side].find((file) => file.path === path)?.lines ?? [];
    return new Map(lines.map(({ line, origin }) => [line, origin]));
  };
  return { from: find('from'), to: find('to') };
}

const SIDES: Readonly<Record<string, keyof Sides>> = { '-': 'from', '+': 'to' };

/** The lines of a hunk, those that only one side has as such. */
function* linesOf(hunk: Hunk, path: string, origins: Origins): Generator<string | Change> {
  const numbers = { from: hunk.oldStart, to: hunk.newStart };
  for (const line of hunk.lines) {
    const side = SIDES[line.charAt(0)];
    if (side === undefined) {
      yield line;
      if (!line.startsWith(' ')) continue;
      numbers.from++;
      numbers.to++;
      continue;
    }
    const number = numbers[side]++;
    const origin = origins[side].get(number);
    yield { path, side, line: number, text: line.slice(1), ...(origin && { origin }) };
  }
}

/** The lines of each hunk of a file. */
export function hunksOf({ name, patch }: FilePatch, sides: Sides) {
  const origins = originsOf(name, sides);
  return patch.hunks.map((hunk) => ({ hunk, lines: [...linesOf(hunk, name, origins)] }));
}

export const isChange = (line: string | Change): line is Change => typeof line !== 'string';

/** The lines that only one side has. */
export const changesIn = (patches: readonly FilePatch[], sides: Sides): readonly Change[] =>
  patches.flatMap((patch) => hunksOf(patch, sides).flatMap(({ lines }) => lines.filter(isChange)));

/** Origins begin no further to the right, but for lines that are longer. */
const FURTHEST = 80;

/** The difference as `diff -u` shows it, with the origin of each line that only one side has beside it. */
export function formatChanges(patches: readonly FilePatch[], sides: Sides): string {
  const lines = patches.flatMap((file) => [
    `--- ${file.patch.oldFileName}`,
    `+++ ${file.patch.newFileName}`,
    ...hunksOf(file, sides).flatMap(({ hunk, lines: own }) => [
      `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
      ...own,
    ]),
  ]);
  const lengths = lines.filter(isChange).map(({ text }) => text.length + 1);
  const widest = lengths.reduce((most, length) => Math.max(most, Math.min(length, FURTHEST)), 0);
  return lines
    .map((line) => {
      if (!isChange(line)) return `${line}\n`;
      const shown = `${line.side === 'from' ? '-' : '+'}${line.text}`;
      return `${line.origin ? `${shown.padEnd(widest)}  # ${formatOrigin(line.origin)}` : shown}\n`;
    })
    .join('');
}
