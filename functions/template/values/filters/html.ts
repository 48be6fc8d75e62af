import { attributeError } from '../attributes.ts';
import { aware } from '../text/aware.ts';
import { textOf } from '../compare.ts';
import { isMapping, mappingEntries } from '../classes/dict.ts';
import { stripTags } from '../text/entities.ts';
import { escapeHtml, escapeText } from '../text/escape.ts';
import { plain } from '../text/foreign.ts';
import { isIterable, iterate, toList } from '../iteration.ts';
import { Markup } from '../classes/markup.ts';
import { repr, str } from '../print.ts';
import { typeError, valueError } from '../python-error.ts';
import { truth } from '../truth.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';
import { builtin, type FilterTable, filter, type Runtime, simple } from './filter.ts';
import { urlizeFilter } from './urlize.ts';

const result = (text: string, { autoescape }: Runtime): string | Markup =>
  autoescape ? new Markup(text) : text;

function attributeText(key: unknown, value: unknown, { dialect }: Runtime): string {
  const name = textOf(key);
  if (name === undefined) {
    throw typeError(`expected string or bytes-like object, got '${typeName(key)}'`);
  }
  if (/[\t\n\v\f\r />=]/.test(plain(name))) {
    throw valueError(`Invalid character in attribute name: ${repr(key, dialect)}`);
  }
  return `${escapeHtml(key, dialect).text}="${escapeHtml(value, dialect).text}"`;
}

function xmlAttributes(runtime: Runtime, value: unknown, autospace: unknown = true): unknown {
  if (!isMapping(value)) throw attributeError(value, 'items');
  const text = mappingEntries(value)
    .filter(([, item]) => item !== null && !(item instanceof Undefined))
    .map(([key, item]) => attributeText(key, item, runtime))
    .join(' ');
  return result(truth(autospace) && text !== '' ? ` ${text}` : text, runtime);
}

const percentEncode = (character: string): string =>
  Array.from(
    Buffer.from(character, 'utf8'),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

const quotePath = aware((text: string): string =>
  text.replace(/[^A-Za-z0-9_.~/-]/gu, percentEncode),
);
const quoteQuery = aware((text: string): string =>
  text.replace(/[^A-Za-z0-9_.~-]/gu, percentEncode).replaceAll('%20', '+'),
);

function unpackPair(item: unknown): readonly [unknown, unknown] {
  if (!isIterable(item)) throw typeError(`cannot unpack non-iterable ${typeName(item)} object`);
  const parts = toList(item);
  if (parts.length < 2) {
    throw valueError(`not enough values to unpack (expected 2, got ${parts.length})`);
  }
  if (parts.length > 2) throw valueError('too many values to unpack (expected 2)');
  return [parts[0], parts[1]];
}

function urlEncode(value: unknown, { dialect }: Runtime): string {
  if (textOf(value) !== undefined || !isIterable(value)) return quotePath(str(value, dialect));
  const pairs = isMapping(value) ? mappingEntries(value) : Array.from(iterate(value), unpackPair);
  return pairs
    .map((pair) => pair.map((part) => quoteQuery(str(part, dialect))).join('='))
    .join('&');
}

const htmlOf = (value: unknown, { dialect }: Runtime): string => str(value, dialect);

/** Filters for HTML and URLs. */
export const HTML_FILTERS: FilterTable = {
  e: builtin('markupsafe._speedups.escape', (value, { dialect }) => escapeHtml(value, dialect)),
  escape: builtin('markupsafe._speedups.escape', (value, { dialect }) =>
    escapeHtml(value, dialect),
  ),
  forceescape: simple(
    'do_forceescape',
    'value',
    (value, runtime) => new Markup(escapeText(htmlOf(value, runtime))),
  ),
  safe: simple('do_mark_safe', 'value', (value, runtime) => new Markup(htmlOf(value, runtime))),
  striptags: simple('do_striptags', 'value', (value, runtime) => stripTags(htmlOf(value, runtime))),
  urlencode: simple('do_urlencode', 'value', urlEncode),
  urlize: filter(
    {
      name: 'do_urlize',
      params: ['value', 'trim_url_limit', 'nofollow', 'target', 'rel', 'extra_schemes'],
      required: 1,
      hidden: 1,
    },
    urlizeFilter,
  ),
  xmlattr: filter(
    { name: 'do_xmlattr', params: ['d', 'autospace'], required: 1, hidden: 1 },
    xmlAttributes,
  ),
};
