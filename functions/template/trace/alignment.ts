import type { Capture } from './log.ts';

/** A line of a text that went into another. */
export interface SourceLine {
  readonly capture: Capture;
  /** Where it begins in that, blanks before it left out. */
  readonly start: number;
  readonly text: string;
}

/** The lines of a text that was made of others. */
export interface AlignedLines {
  /** Where each ends, its line feed included. */
  readonly ends: readonly number[];
  /** The line that each comes from, where that is told. */
  readonly sources: readonly (SourceLine | undefined)[];
}

/** So many lines are looked through for one that is a part of another. */
const WINDOW = 64;

function linesOf(capture: Capture): readonly SourceLine[] {
  let start = 0;
  return capture.text.split('\n').flatMap((line) => {
    const text = line.trim();
    const found = { capture, start: start + line.length - line.trimStart().length, text };
    start += line.length + 1;
    return text === '' ? [] : [found];
  });
}

const isAlike = (a: string, b: string): boolean => a.includes(b) || b.includes(a);

/** Finds the lines that those of a text come from, one after the other. */
class Matcher {
  private readonly all: readonly SourceLine[];
  private readonly byText = new Map<string, number>();
  /** Behind the last one found. */
  private next = 0;

  constructor(sources: readonly Capture[]) {
    this.all = sources.flatMap(linesOf);
    for (const [i, { text }] of this.all.entries())
      if (!this.byText.has(text)) this.byText.set(text, i);
  }

  get count(): number {
    return this.all.length;
  }

  /** @param otherwise the index of the one to take where none is alike */
  match(line: string, otherwise: number | undefined): SourceLine | undefined {
    const { all, next } = this;
    const same = all[next]?.text === line ? next : this.byText.get(line);
    const found = same ?? this.alike(line) ?? otherwise;
    if (found === undefined) return undefined;
    this.next = found + 1;
    return all[found];
  }

  private alike(line: string): number | undefined {
    const end = Math.min(this.next + WINDOW, this.all.length);
    for (let i = this.next; i < end; i++) {
      if (isAlike((this.all[i] as SourceLine).text, line)) return i;
    }
    return undefined;
  }
}

/**
 * The lines of a text that was made of others (indented, filtered), each with the one that it comes from: the same one,
 * else one that it is a part of or that is a part of it, else the one at its place where there are as many.
 */
export function alignLines(text: string, captures: readonly Capture[]): AlignedLines {
  const matcher = new Matcher(captures);
  const lines = text.split('\n');
  const isWhole = lines.filter((line) => line.trim() !== '').length === matcher.count;
  let [end, index] = [0, 0];
  const ends = lines.map((line) => {
    end += line.length + 1;
    return end;
  });
  const sources = lines.map((line) => {
    const own = line.trim();
    return own === '' ? undefined : matcher.match(own, isWhole ? index++ : undefined);
  });
  return { ends, sources };
}
