import type { Fragment } from '../../template/fragment.ts';

/** A line that is in more than one fragment. */
export interface SplitLine {
  readonly text: string;
  /** Its position in the whole output. */
  readonly offset: number;
}

/** A part of a line: that of a fragment between two positions. */
export interface LinePart {
  /** The fragment's place among all, and its position in the whole output. */
  readonly index: number;
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

/** Whether a part is all of its line. No fragment is empty. */
export function isWholeLine(
  fragments: readonly Fragment[],
  { index, start, end }: LinePart,
): boolean {
  const isLast = end === (fragments[index] as Fragment).text.length;
  const before = start === 0 ? fragments[index - 1] : undefined;
  const after = isLast ? fragments[index + 1] : undefined;
  return (before?.endsWithBreak ?? true) && (after?.startsWithBreak ?? true);
}

/** The line that a part belongs to. */
export function lineOf(
  fragments: readonly Fragment[],
  { index, offset, start, end }: LinePart,
): SplitLine {
  const { text: own } = fragments[index] as Fragment;
  let text = own.slice(start, end);
  let at = offset + start;
  for (let i = index - 1, isOpen = start === 0; isOpen && i >= 0; i--) {
    const { text: before } = fragments[i] as Fragment;
    const from = before.lastIndexOf('\n') + 1;
    text = before.slice(from) + text;
    at -= before.length - from;
    isOpen = from === 0;
  }
  for (let i = index + 1, isOpen = end === own.length; isOpen && i < fragments.length; i++) {
    const { text: after } = fragments[i] as Fragment;
    const to = after.indexOf('\n');
    text += to < 0 ? after : after.slice(0, to);
    isOpen = to < 0;
  }
  return { text, offset: at };
}
