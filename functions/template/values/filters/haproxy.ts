import type { Dialect } from '../dialect.ts';
import { owned, plain } from '../foreign.ts';
import { str } from '../print.ts';
import type { FilterTable } from './filter.ts';
import { type Runtime, simple } from './filter.ts';
import { regexEscape } from './text.ts';

const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const LINE_BREAK = /[\n\t]/;
const isNoControl = (character: string): boolean => !CONTROL.test(character);
const isNoBrace = (character: string): boolean => isNoControl(character) && !/[{}]/.test(character);

/** What can be no part of a word without quotes. */
const UNQUOTABLE = /[\p{Cc}\p{Z}\ufeff"'\\#$]/gu;
const BLANKS = /[\p{Cc}\p{Z}\ufeff]+/gu;
/** What no name of a host has. Letters beyond ASCII stay: without them the name would be another's. */
const NO_HOSTNAME = /[\p{Cc}\p{Z}\ufeff"'\\#$%&{}()[\]<>/?@,;!=|^`~+]/gu;

/**
 * A text as one argument in strong quotes (Configuration Manual 2.2). Control characters stay foreign: nothing can quote
 * them. So does a brace that is all there is, since quotes do not keep it from closing a condition.
 */
function quote(text: string): string {
  const isBrace = /^[{}]$/.test(plain(text));
  const own = owned(text, isBrace ? isNoBrace : isNoControl);
  return `'${own.replaceAll("'", "'\\''")}'`;
}

function hostname(text: string): string {
  return plain(text).toLowerCase().replace(NO_HOSTNAME, '').replace(/^-+/, '');
}

const mapValue = (text: string): string => plain(text).replace(BLANKS, ' ').trim();

const onText = (name: string, body: (text: string, dialect: Dialect) => string) =>
  simple(name, 'value', (value: unknown, { dialect }: Runtime) =>
    body(str(value, dialect), dialect),
  );

/** Filters that write a value so that it is no more than that, and those that say what else it may be. */
export const HAPROXY_FILTERS: FilterTable = {
  hostname: onText('hostname', hostname),
  lines: onText('lines', (text) =>
    owned(text, (character) => isNoControl(character) || LINE_BREAK.test(character)),
  ),
  map_key: onText('map_key', (text) => plain(text).replace(BLANKS, '').replace(/^#+/, '')),
  map_value: onText('map_value', mapValue),
  quote: onText('quote', quote),
  regex: simple('regex', 'value', (value, runtime) =>
    quote(regexEscape(str(value, runtime.dialect), runtime)),
  ),
  word: onText('word', (text) =>
    plain(text)
      .replace(UNQUOTABLE, '')
      .replace(/^[{}]?$/, "''"),
  ),
  words: onText('words', (text) => owned(text, isNoControl)),
};
