import { CONFIG_PATH } from '../../wire/bundle.ts';
import { beginsSection, headOf } from '../proxy-sections.ts';
import { readHaproxyLine } from '../structure/haproxy-line.ts';

/** A line of a delivered file that says something. */
export interface DeliveredText {
  /** Without the blanks around it. */
  readonly text: string;
  /** In haproxy.cfg as HAProxy reads them: unquoted, without a comment. */
  readonly words: readonly string[];
}

/** A section of haproxy.cfg. */
export interface Section {
  /** `backend web`; `global`. */
  readonly title: string;
  /** Without its head. */
  readonly lines: readonly DeliveredText[];
}

const plainWords = (line: string): readonly string[] => line.split(/\s+/).filter(Boolean);

/** The words of a line, as whoever reads the file takes it apart. */
export const wordsIn = (path: string, line: string): readonly string[] =>
  path === CONFIG_PATH ? readHaproxyLine(line).words : plainWords(line);

/** The lines of a file, without blank ones and, in haproxy.cfg, comments. */
export function linesOf(path: string, content: string): readonly DeliveredText[] {
  return content
    .split('\n')
    .map((line) => ({ text: line.trim(), words: wordsIn(path, line) }))
    .filter(({ words }) => words.length > 0);
}

/** `backend web from apps` is `backend web`. */
export function titleOf(words: readonly string[]): string {
  const { kind, name } = headOf(words);
  return name === '' ? kind : `${kind} ${name}`;
}

/** The sections of a configuration, in order. */
export function sectionsOf(config: string): readonly Section[] {
  const sections: { title: string; lines: DeliveredText[] }[] = [];
  for (const line of linesOf(CONFIG_PATH, config)) {
    if (beginsSection(line.words[0] ?? ''))
      sections.push({ title: titleOf(line.words), lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections;
}
