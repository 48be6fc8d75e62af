import { type ExplainedFile, formatOrigin, type Origin } from '../../core/origin/origin.ts';
import type { FilePatch } from '../rollout/diff.ts';

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

/** The lines of a hunk, those that only one side has as such. */
function* linesOf(hunk: Hunk, path: string, sides: Sides): Generator<string | Change> {
  const numbers = { from: hunk.oldStart, to: hunk.newStart };
  const find = (side: keyof Sides) => sides[side].find((file) => file.path === path)?.lines ?? [];
  const files = { from: find('from'), to: find('to') };
  for (const line of hunk.lines) {
    const side = { '-': 'from', '+': 'to' }[line.charAt(0)] as keyof Sides | undefined;
    if (side === undefined) {
      yield line;
      if (!line.startsWith(' ')) continue;
      numbers.from++;
      numbers.to++;
      continue;
    }
    const number = numbers[side]++;
    const origin = files[side][number - 1]?.origin;
    yield { path, side, line: number, text: line.slice(1), ...(origin && { origin }) };
  }
}

const isChange = (line: string | Change): line is Change => typeof line !== 'string';

/** The lines that only one side has. */
export const changesIn = (patches: readonly FilePatch[], sides: Sides): readonly Change[] =>
  patches.flatMap(({ name, patch }) =>
    patch.hunks.flatMap((hunk) => [...linesOf(hunk, name, sides)].filter(isChange)),
  );

/** Origins begin no further to the right, but for lines that are longer. */
const FURTHEST = 80;

/** The difference as `diff -u` shows it, with the origin of each line that only one side has beside it. */
export function formatChanges(patches: readonly FilePatch[], sides: Sides): string {
  const lines = patches.flatMap(({ name, patch }) => [
    `--- ${patch.oldFileName}`,
    `+++ ${patch.newFileName}`,
    ...patch.hunks.flatMap((hunk) => [
      `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
      ...linesOf(hunk, name, sides),
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
