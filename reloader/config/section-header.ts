import { parseLine } from './line.ts';

/** Every section keyword of HAProxy 2.6 to 3.4. One that is missing would look like a keyword of the section before. */
const SECTIONS = new Set(
  (
    'global defaults frontend backend listen peers resolvers mailers userlist cache program http-errors ' +
    'ring log-forward fcgi-app crt-store traces log-profile acme healthcheck namespace_list'
  ).split(' '),
);

const QUOTING = /["'\\#$]/;
const FIRST_WORD = /[^ \t\v\f\r]+/;

/** Whether a line begins a section. */
export function isHeader(source: string): boolean {
  const first = FIRST_WORD.exec(source)?.[0];
  if (first === undefined || !(SECTIONS.has(first) || QUOTING.test(first))) return false;
  const result = parseLine(source, 0);
  return result.kind === 'words' && SECTIONS.has(result.line.words[0] ?? '');
}
