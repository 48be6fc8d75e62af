import { findEnds, lineAfter } from './common-ends.ts';
import type { Configuration, Obscurity, Section } from './configuration.ts';
import { type ConfigLine, parseLine } from './line.ts';
import { isHeader } from './section-header.ts';

function openSection(
  header: ConfigLine,
): Pick<Section, 'kind' | 'name' | 'key' | 'from' | 'header'> {
  const [kind = '', ...rest] = header.words;
  const named = rest[0] !== undefined && !(kind === 'defaults' && rest[0] === 'from');
  const from = rest.indexOf('from', named && kind !== 'defaults' ? 1 : 0);
  const name = named ? (rest[0] as string) : '';
  return {
    kind,
    name,
    key: `${kind} ${name}`,
    from: from === -1 ? '' : (rest[from + 1] ?? ''),
    header,
  };
}

/** Reads lines that begin no section. */
function readLines(texts: readonly string[], start: number) {
  const lines: ConfigLine[] = [];
  const obscure: Obscurity[] = [];
  texts.forEach((source, i) => {
    const number = start + i;
    const result = parseLine(source, number);
    if (result.kind === 'broken')
      obscure.push({ line: number, reason: `${result.reason} is not understood`, dropped: true });
    if (result.kind !== 'words') return;
    const [first = ''] = result.line.words;
    if (first.startsWith('.'))
      obscure.push({
        line: number,
        reason: `the conditional block (${first}) is not evaluated`,
        dropped: false,
      });
    lines.push(result.line);
  });
  return { lines, obscure };
}

/** What names a file, another server, a proxy, or takes a fetch. */
const NAMING = /[/@($]|^(?:crt|track)$/;

const isPlainLine = ({ words, opaque }: ConfigLine) =>
  words[0] === 'server' && !opaque && !words.some((word) => NAMING.test(word));

/** A string of its own: what is cut out of a long text holds all of that text in memory. */
const detach = (text: string) => Buffer.from(text).toString();

/** @param start the number of its first line */
function readSection(source: string, start: number): Section {
  const text = detach(source);
  const [first = '', ...others] = text.split('\n');
  const result = parseLine(first, start);
  if (result.kind !== 'words') throw new Error('a section begins with its header');
  const header = result.line;
  const { lines, obscure } = readLines(others, start + 1);
  if (header.opaque)
    obscure.unshift({
      line: start,
      reason: 'the name of a section depends on the environment',
      dropped: false,
    });
  const isPlain = lines.every(isPlainLine);
  return { ...openSection(header), lines, isPlain, text, obscure };
}

/** The same section further up or down. */
function moveSection(section: Section, start: number): Section {
  const by = start - section.header.number;
  if (by === 0) return section;
  const moveLine = ({ number, raw, words, opaque }: ConfigLine) => ({
    number: number + by,
    raw,
    words,
    opaque,
  });
  // Written out, since thousands are moved by one line more: a spread is several times as slow.
  const { kind, name, key, from, header, lines, isPlain, text, obscure } = section;
  return {
    kind,
    name,
    key,
    from,
    isPlain,
    text,
    header: moveLine(header),
    lines: lines.map(moveLine),
    obscure:
      obscure.length === 0 ? obscure : obscure.map((each) => ({ ...each, line: each.line + by })),
  };
}

/** Finds sections by their first lines. */
function sectionsByHeader(sections: readonly Section[]) {
  const known = new Map<string, Section[]>();
  for (const section of sections) {
    const [first = ''] = section.text.split('\n', 1);
    known.set(first, [...(known.get(first) ?? []), section]);
  }
  return (first: string, text: string) =>
    known.get(first)?.find((section) => section.text === text);
}

const isNotable = ({ kind, isPlain }: Section) => !isPlain || kind !== 'backend';

interface Parts {
  readonly first: readonly Section[];
  readonly between: readonly Section[];
  readonly last: readonly Section[];
  readonly preamble: string;
  readonly text: string;
}

/** Where each section ends: those of both ends as before, the last ones as much further down as the text is longer. */
function findSectionEnds(parts: Parts, previous: Configuration | undefined): readonly number[] {
  const { first, between, last, preamble, text } = parts;
  const known = previous?.ends ?? [];
  const ends = known.slice(0, first.length);
  let start = (ends.at(-1) ?? preamble.length - 1) + 1;
  for (const section of between) {
    const end = start + section.text.length;
    ends.push(end);
    start = end + 1;
  }
  const by = text.length - (previous?.text.length ?? 0);
  return [...ends, ...known.slice(known.length - last.length).map((end) => end + by)];
}

/**
 * Reads a configuration into sections. Never throws: what it cannot be sure of is in `obscure`.
 *
 * @param previous one that may have most sections in common, which are then not read again: in a fleet of thousands of
 *   servers a change is of one or two
 */
export function parseConfiguration(text: string, previous?: Configuration): Configuration {
  const { first, middle, last } = findEnds(text, previous);
  const others = previous?.sections.slice(first.length, previous.sections.length - last.length);
  const find = sectionsByHeader(others ?? []);
  const sources = middle.split('\n');
  const starts = sources.flatMap((source, i) => (isHeader(source) ? [i] : []));
  const [begin = sources.length] = starts;
  const own = sources.slice(0, begin).map((source) => `${source}\n`);
  const preamble = first.length > 0 ? (previous?.preamble ?? '') : own.join('');
  const above = readLines(preamble.split('\n'), 1);
  const stray = above.lines.map(({ number }) => ({
    line: number,
    reason: 'a line precedes all sections',
    dropped: true,
  }));
  const number = lineAfter(first.at(-1)) ?? 1;
  const between = starts.map((start, i) => {
    const source = sources.slice(start, starts[i + 1] ?? sources.length).join('\n');
    const known = find(sources[start] as string, source);
    return known === undefined
      ? readSection(source, number + start)
      : moveSection(known, number + start);
  });
  const by = last[0] === undefined ? 0 : number + sources.length - last[0].header.number;
  const after = by === 0 ? last : last.map((each) => moveSection(each, each.header.number + by));
  const sections = [...first, ...between, ...after];
  // Nothing is looked at in each of thousands of sections that is known of all of them.
  const unsure = previous?.obscure.length === 0 ? between : sections;
  const obscure = [...above.obscure, ...stray, ...unsure.flatMap((section) => section.obscure)];
  const ends = findSectionEnds({ first, between, last, preamble, text }, previous);
  const isAbove = ({ header }: Section) => header.number < number;
  const isBelow = ({ header }: Section) => header.number >= (last[0]?.header.number ?? Infinity);
  const notable = [
    ...(first.length === 0 ? [] : (previous?.notable.filter(isAbove) ?? [])),
    ...between.filter(isNotable),
    ...(by === 0 ? (previous?.notable.filter(isBelow) ?? []) : after.filter(isNotable)),
  ];
  return { text, preamble, sections, ends, notable, obscure };
}
