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

/** Every section keyword of HAProxy 2.6 to 3.2. One that is missing would look like a keyword of the section before. */
const SECTIONS = new Set(
  (
    'global defaults frontend backend listen peers resolvers mailers userlist cache program http-errors ' +
    'ring log-forward fcgi-app crt-store traces log-profile acme'
  ).split(' '),
);

interface OpenSection extends Section {
  readonly lines: ConfigLine[];
}

function openSection(header: ConfigLine): OpenSection {
  const [kind = '', ...rest] = header.words;
  const named = rest[0] !== undefined && !(kind === 'defaults' && rest[0] === 'from');
  const from = rest.indexOf('from', named && kind !== 'defaults' ? 1 : 0);
  return {
    kind,
    name: named ? (rest[0] as string) : '',
    from: from === -1 ? '' : (rest[from + 1] ?? ''),
    header,
    lines: [],
  };
}

/** Reads a configuration into sections. Never throws: what it cannot be sure of is in `obscure`. */
export function parseConfiguration(text: string): Configuration {
  const sections: OpenSection[] = [];
  const obscure: Obscurity[] = [];
  let number = 0;
  for (const source of text.split('\n')) {
    number += 1;
    const result = parseLine(source, number);
    if (result.kind === 'blank') continue;
    if (result.kind === 'broken') {
      obscure.push({
        line: number,
        reason: `${result.reason} is not understood`,
        dropped: true,
      });
      continue;
    }
    const { line } = result;
    const [first = ''] = line.words;
    if (first.startsWith('.'))
      obscure.push({
        line: number,
        reason: `the conditional block (${first}) is not evaluated`,
        dropped: false,
      });
    const section = sections.at(-1);
    if (SECTIONS.has(first)) {
      if (line.opaque)
        obscure.push({
          line: number,
          reason: 'the name of a section depends on the environment',
          dropped: false,
        });
      sections.push(openSection(line));
    } else if (section !== undefined) section.lines.push(line);
    else
      obscure.push({ line: number, reason: 'a line stands before every section', dropped: true });
  }
  return { sections, obscure };
}
