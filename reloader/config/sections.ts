import { type ConfigLine, parseLine } from './line.ts';

/** A section of an HAProxy configuration: its header and the lines up to the next header. */
export interface Section {
  readonly kind: string;
  /** Empty for sections without a name. */
  readonly name: string;
  /** The `defaults` section that the header names after `from`; empty without one. */
  readonly from: string;
  readonly header: ConfigLine;
  readonly lines: readonly ConfigLine[];
  /** All of it as written, comments included. */
  readonly text: string;
  readonly obscure: readonly Obscurity[];
}

/** Something that keeps a configuration from being understood for sure, with its line (from 1). */
export interface Obscurity {
  readonly line: number;
  readonly reason: string;
  /** Whether the line is missing from the sections. */
  readonly dropped: boolean;
}

export interface Configuration {
  readonly sections: readonly Section[];
  /** Empty when every section is understood. */
  readonly obscure: readonly Obscurity[];
}

/** Every section keyword of HAProxy 2.6 to 3.4. One that is missing would look like a keyword of the section before. */
const SECTIONS = new Set(
  (
    'global defaults frontend backend listen peers resolvers mailers userlist cache program http-errors ' +
    'ring log-forward fcgi-app crt-store traces log-profile acme healthcheck namespace_list'
  ).split(' '),
);

function openSection(header: ConfigLine): Omit<Section, 'lines' | 'text' | 'obscure'> {
  const [kind = '', ...rest] = header.words;
  const named = rest[0] !== undefined && !(kind === 'defaults' && rest[0] === 'from');
  const from = rest.indexOf('from', named && kind !== 'defaults' ? 1 : 0);
  return {
    kind,
    name: named ? (rest[0] as string) : '',
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
  return { ...openSection(header), lines, text, obscure };
}

/** The same section further up or down. */
function moveSection(section: Section, start: number): Section {
  const by = start - section.header.number;
  if (by === 0) return section;
  const moveLine = (line: ConfigLine) => ({ ...line, number: line.number + by });
  return {
    ...section,
    header: moveLine(section.header),
    lines: section.lines.map(moveLine),
    obscure: section.obscure.map((each) => ({ ...each, line: each.line + by })),
  };
}

const QUOTING = /["'\\#$]/;
const FIRST_WORD = /[^ \t\v\f\r]+/;

function isHeader(source: string): boolean {
  const first = FIRST_WORD.exec(source)?.[0];
  if (first === undefined || !(SECTIONS.has(first) || QUOTING.test(first))) return false;
  const result = parseLine(source, 0);
  return result.kind === 'words' && SECTIONS.has(result.line.words[0] ?? '');
}

/** Sections by their first lines. */
function sectionsByHeader(configuration: Configuration | undefined) {
  const known = new Map<string, Section[]>();
  for (const section of configuration?.sections ?? []) {
    const [first = ''] = section.text.split('\n', 1);
    known.set(first, [...(known.get(first) ?? []), section]);
  }
  return (first: string, text: string) =>
    known.get(first)?.find((section) => section.text === text);
}

/**
 * Reads a configuration into sections. Never throws: what it cannot be sure of is in `obscure`.
 *
 * @param previous one that may have most sections in common, which are then not read again: in a fleet of thousands of
 *   servers a change is of one or two
 */
export function parseConfiguration(text: string, previous?: Configuration): Configuration {
  const find = sectionsByHeader(previous);
  const sources = text.split('\n');
  const starts = sources.flatMap((source, i) => (isHeader(source) ? [i] : []));
  const before = readLines(sources.slice(0, starts[0] ?? sources.length), 1);
  const stray = before.lines.map(({ number }) => ({
    line: number,
    reason: 'a line stands before every section',
    dropped: true,
  }));
  const sections = starts.map((start, i) => {
    const source = sources.slice(start, starts[i + 1] ?? sources.length).join('\n');
    const known = find(sources[start] as string, source);
    return known === undefined ? readSection(source, start + 1) : moveSection(known, start + 1);
  });
  const obscure = [...before.obscure, ...stray, ...sections.flatMap((section) => section.obscure)];
  return { sections, obscure };
}
