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
    const line = start + i;
    const result = parseLine(source, line);
    if (result.kind === 'broken')
      obscure.push({ line, reason: `${result.reason} is not understood`, dropped: true });
    if (result.kind !== 'words') return;
    const [first = ''] = result.line.words;
    if (first.startsWith('.'))
      obscure.push({
        line,
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

function readSection(source: string): Section {
  const text = detach(source);
  const [first = '', ...others] = text.split('\n');
  const result = parseLine(first, 0);
  if (result.kind !== 'words') throw new Error('a section begins with its header');
  const header = result.line;
  const { lines, obscure } = readLines(others, 1);
  if (header.opaque)
    obscure.unshift({
      line: 0,
      reason: 'the name of a section depends on the environment',
      dropped: false,
    });
  const isPlain = lines.every(isPlainLine);
  return { ...openSection(header), lines, isPlain, text, obscure };
}

/** Gives each of some sections once to whoever has its text. */
function createStock(sections: readonly Section[]) {
  const known = new Map<string, Section[]>();
  for (const section of sections) {
    const [first = ''] = section.text.split('\n', 1);
    known.set(first, [...(known.get(first) ?? []), section]);
  }
  return {
    take(first: string, text: string): Section | undefined {
      const alike = known.get(first) ?? [];
      const at = alike.findIndex((section) => section.text === text);
      return at === -1 ? undefined : alike.splice(at, 1)[0];
    },
  };
}

const isNotable = ({ kind, isPlain }: Section) => !isPlain || kind !== 'backend';

/** Counts of what stands before the end that two configurations have in common, and what that end has. */
interface Parts {
  readonly first: number;
  readonly between: readonly Section[];
  /** The first lines of those between. */
  readonly lines: readonly number[];
  readonly last: number;
  readonly preamble: string;
  readonly text: string;
  /** How many lines the last sections stand further down than before. */
  readonly by: number;
}

/** What is known by the place of each section: of both ends as before, the last ones as much further down as is new. */
function findPlaces(
  { first, between, lines, last, preamble, text, by }: Parts,
  previous: Configuration | undefined,
): Pick<Configuration, 'starts' | 'ends' | 'notable'> {
  const { starts = [], ends = [], notable = [], text: before = '' } = previous ?? {};
  const begin = starts.length - last;
  const own: number[] = [];
  let end = first === 0 ? preamble.length - 1 : (ends[first - 1] as number);
  for (const section of between) {
    end += section.text.length + 1;
    own.push(end);
  }
  const longer = text.length - before.length;
  const more = first + between.length - begin;
  return {
    starts: [...starts.slice(0, first), ...lines, ...starts.slice(begin).map((n) => n + by)],
    ends: [...ends.slice(0, first), ...own, ...ends.slice(begin).map((n) => n + longer)],
    notable: [
      ...notable.filter((i) => i < first),
      ...between.flatMap((section, i) => (isNotable(section) ? [first + i] : [])),
      ...notable.filter((i) => i >= begin).map((i) => i + more),
    ],
  };
}

/** What is obscure in sections, by lines of the whole. */
const obscureIn = (sections: readonly Section[], starts: readonly number[]) =>
  sections.flatMap(({ obscure }, i) =>
    obscure.map((each) => ({ ...each, line: (starts[i] as number) + each.line })),
  );

/**
 * Reads a configuration into sections. Never throws: what it cannot be sure of is in `obscure`.
 *
 * @param previous one that may have most sections in common, which are then not read again: in a fleet of thousands of
 *   servers a change is of one or two
 */
export function parseConfiguration(text: string, previous?: Configuration): Configuration {
  const { first, middle, last } = findEnds(text, previous);
  const begin = (previous?.sections.length ?? 0) - last.length;
  const stock = createStock(previous?.sections.slice(first.length, begin) ?? []);
  const sources = middle.split('\n');
  const headers = sources.flatMap((source, i) => (isHeader(source) ? [i] : []));
  const [top = sources.length] = headers;
  const own = sources.slice(0, top).map((source) => `${source}\n`);
  const preamble = first.length > 0 ? (previous?.preamble ?? '') : own.join('');
  const above = readLines(preamble.split('\n'), 1);
  const stray = above.lines.map(({ offset: line }) => ({
    line,
    reason: 'a line precedes all sections',
    dropped: true,
  }));
  const number = previous && first.length > 0 ? lineAfter(previous, first.length - 1) : 1;
  const between = headers.map((header, i) => {
    const source = sources.slice(header, headers[i + 1] ?? sources.length).join('\n');
    return stock.take(sources[header] as string, source) ?? readSection(source);
  });
  const places = findPlaces(
    {
      ...{ first: first.length, between, last: last.length, preamble, text },
      lines: headers.map((header) => number + header),
      by: number + sources.length - (previous?.starts[begin] ?? 0),
    },
    previous,
  );
  const sections = [...first, ...between, ...last];
  // Nothing is looked at in each of thousands of sections that is known of all of them.
  const unsure =
    previous?.obscure.length === 0
      ? obscureIn(between, places.starts.slice(first.length))
      : obscureIn(sections, places.starts);
  return { text, preamble, sections, ...places, obscure: [...above.obscure, ...stray, ...unsure] };
}
