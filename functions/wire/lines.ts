/**
 * The difference of two texts by lines. A line ends before its `\n`; what follows the last one is a line, too, so that
 * any text is its lines joined.
 */

import { countSame, countSameEnd } from './alike.ts';

/** In the place of `removed` lines of the old text from line `at` on, counted from 0, come these. */
export type Hunk = readonly [at: number, removed: number, lines: readonly string[]];

/** In the order of the old text; no two touch the same line. */
export type LinePatch = readonly Hunk[];

/** What of two texts differs beyond so many characters is not looked into: it is replaced whole. */
const MOST_SEARCHED = 8 * 1024 * 1024;

function countLines(text: string, end: number): number {
  let count = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < end; i = text.indexOf('\n', i + 1)) count += 1;
  return count;
}

/** The whole lines of `text` between a line's start and a later line's start, or the end. */
const linesOf = (text: string, start: number, next: number | undefined): readonly string[] => {
  if (next === undefined) return text.slice(start).split('\n');
  return next <= start ? [] : text.slice(start, next - 1).split('\n');
};

interface Middle {
  /** The first line that differs. */
  readonly at: number;
  readonly old: readonly string[];
  readonly now: readonly string[];
}

/** What lies between the whole lines that both begin and end with. */
function middleOf(old: string, now: string): Middle {
  const shorter = Math.min(old.length, now.length);
  const alike = countSame(old, now, shorter);
  const start = alike === 0 ? 0 : old.lastIndexOf('\n', alike - 1) + 1;
  const same = countSameEnd(old, now, shorter - start);
  const isStart = (text: string, i: number) => i === start || text[i - 1] === '\n';
  let from: number | undefined = old.length - same;
  if (!isStart(old, from) || !isStart(now, now.length - same)) {
    const end = old.indexOf('\n', from);
    from = end < 0 ? undefined : end + 1;
  }
  const nowFrom = from === undefined ? undefined : now.length - (old.length - from);
  return {
    at: countLines(old, start),
    old: linesOf(old, start, from),
    now: linesOf(now, start, nowFrom),
  };
}

interface Places {
  old: number;
  now: number;
}

/** Lines that each side has once, by their places. */
function findUnique(old: readonly string[], now: readonly string[]): readonly Places[] {
  const MANY = -2;
  const known = new Map<string, Places>();
  for (const [i, line] of old.entries()) {
    const place = known.get(line);
    if (place === undefined) known.set(line, { old: i, now: -1 });
    else place.old = MANY;
  }
  for (const [i, line] of now.entries()) {
    const place = known.get(line);
    if (place !== undefined) place.now = place.now === -1 ? i : MANY;
  }
  // A map keeps the order in which its keys came: that of the old text.
  return [...known.values()].filter((place) => place.old >= 0 && place.now >= 0);
}

/** The most of these that come in the same order on both sides: the longest increasing subsequence. */
function inOrder(places: readonly Places[]): readonly Places[] {
  /** The smallest end of a sequence of each length, and what comes before each place in its sequence. */
  const ends: number[] = [];
  const before: number[] = [];
  for (const [i, { now }] of places.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[ends[middle] as number] as Places).now < now) low = middle + 1;
      else high = middle;
    }
    before[i] = low > 0 ? (ends[low - 1] as number) : -1;
    ends[low] = i;
  }
  const found: Places[] = [];
  for (let i = ends.at(-1) ?? -1; i >= 0; i = before[i] as number) found.push(places[i] as Places);
  return found.reverse();
}

/** Between two lines that stay: without what both begin and end with. */
function hunkOf({ at, old, now }: Middle): Hunk | undefined {
  const most = Math.min(old.length, now.length);
  let start = 0;
  while (start < most && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < most - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const removed = old.length - start - end;
  const lines = now.slice(start, now.length - end);
  return removed === 0 && lines.length === 0 ? undefined : [at + start, removed, lines];
}

/**
 * What turns one text into another. Where a line changes among 10,000, it is found by comparing what lies before and
 * after; otherwise lines that stand once on either side are what the rest goes by ("patience diff"), so that the time
 * goes with the size, whatever the texts. It need not be the smallest difference.
 */
export function diffLines(old: string, now: string): LinePatch {
  if (old === now) return [];
  const middle = middleOf(old, now);
  const size = [...middle.old, ...middle.now].reduce((sum, { length }) => sum + length, 0);
  const isSearched = middle.old.length > 0 && middle.now.length > 0 && size <= MOST_SEARCHED;
  const stay = isSearched ? inOrder(findUnique(middle.old, middle.now)) : [];
  const hunks: Hunk[] = [];
  let [i, j] = [0, 0];
  for (const next of [...stay, { old: middle.old.length, now: middle.now.length }]) {
    const hunk = hunkOf({
      at: middle.at + i,
      old: middle.old.slice(i, next.old),
      now: middle.now.slice(j, next.now),
    });
    if (hunk) hunks.push(hunk);
    i = next.old + 1;
    j = next.now + 1;
  }
  return hunks;
}

/** Goes through a text by its lines, without cutting it into them. */
class Lines {
  private readonly text: string;
  private line = 0;
  /** Where it begins; one beyond the end after the last line. */
  private start = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The lines before this one, from where it stood, as they stand there; undefined where there are not so many. */
  upTo(line: number): readonly string[] | undefined {
    const from = this.start;
    for (; this.line < line; this.line += 1) {
      if (this.start > this.text.length) return undefined;
      const end = this.text.indexOf('\n', this.start);
      this.start = (end < 0 ? this.text.length : end) + 1;
    }
    return this.start > from ? [this.text.slice(from, this.start - 1)] : [];
  }

  /** All that are left. */
  rest(): readonly string[] {
    return this.start > this.text.length ? [] : [this.text.slice(this.start)];
  }
}

/** The new text; undefined where the patch is not one of this text. */
export function patchLines(text: string, patch: LinePatch): string | undefined {
  const old = new Lines(text);
  const parts: string[] = [];
  let next = 0;
  for (const [at, removed, lines] of patch) {
    if (at < next || removed < 0) return undefined;
    const kept = old.upTo(at);
    next = at + removed;
    if (kept === undefined || old.upTo(next) === undefined) return undefined;
    parts.push(...kept);
    for (const line of lines) parts.push(line);
  }
  return [...parts, ...old.rest()].join('\n');
}
