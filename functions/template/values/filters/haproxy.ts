import { aware } from '../text/aware.ts';
import type { Dialect } from '../dialect.ts';
import { owned, plain } from '../text/foreign.ts';
import { str } from '../print.ts';
import { characters } from '../text/text.ts';
import type { FilterTable } from './filter.ts';
import { type Runtime, simple } from './filter.ts';
import { regexEscape } from './text.ts';

const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const LINE_BREAK = /[\n\t]/;
const isNoControl = (character: string): boolean => !CONTROL.test(character);

/** What can be no part of a word without quotes. */
const UNQUOTABLE = /[\p{Cc}\p{Z}\ufeff"'\\#$]/gu;
const BLANKS = /[\p{Cc}\p{Z}\ufeff]+/gu;
/** What no name of a host has. Letters beyond ASCII stay: without them the name would be another's. */
const NO_HOSTNAME = /[\p{Cc}\p{Z}\ufeff"'\\#$%&{}()[\]<>/?@,;!=|^`~+]/gu;

/**
 * A text as one argument in strong quotes (Configuration Manual 2.2). What is foreign stays so: between other quotes than
 * those written here, it would end them.
 */
const quote = (text: string): string =>
  `'${characters(text)
    .map((character) => (plain(character) === "'" ? `'\\${character}'` : character))
    .join('')}'`;

/** What is left of a text; the text itself, foreign as it is, where that would be nothing. */
const orItself = (left: string, text: string): string => (left === '' ? text : left);

const word = aware((text: string) => text.replace(UNQUOTABLE, '').replace(/^[{}]?$/, "''"));

const bareHostname = aware((text: string) =>
  text.toLowerCase().replace(NO_HOSTNAME, '').replace(/^-+/, ''),
);

const bareKey = aware((text: string) => text.replace(BLANKS, '').replace(/^#+/, ''));

const mapValue = aware((text: string) => text.replace(BLANKS, ' ').trim());

const onText = (name: string, body: (text: string, dialect: Dialect) => string) =>
  simple(name, 'value', (value: unknown, { dialect }: Runtime) =>
    body(str(value, dialect), dialect),
  );

/** Filters that write a value so that it is no more than that, and those that say what else it may be. */
export const HAPROXY_FILTERS: FilterTable = {
  hostname: onText('hostname', (text) => orItself(bareHostname(text), text)),
  lines: onText('lines', (text) =>
    owned(text, (character) => isNoControl(character) || LINE_BREAK.test(character)),
  ),
  map_key: onText('map_key', (text) => orItself(bareKey(text), text)),
  map_value: onText('map_value', mapValue),
  quote: onText('quote', quote),
  regex: simple('regex', 'value', (value, runtime) =>
    quote(regexEscape(str(value, runtime.dialect), runtime)),
  ),
  word: onText('word', word),
  words: onText('words', (text) => owned(text, isNoControl)),
};
