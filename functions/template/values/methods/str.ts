import { spread } from '../text/aware.ts';
import { Bytes } from '../classes/bytes.ts';
import { capitalize, caseFold, IS, swapCase, titleCase } from '../text/case.ts';
import { decodeText, encodeText } from '../text/codec.ts';
import { textOf } from '../compare.ts';
import { foreign, isForeign, plain } from '../text/foreign.ts';
import { checkText } from '../limits.ts';
import { typeError } from '../python-error.ts';
import { formatMap, formatText } from '../text/str-format.ts';
import { characters, isSpace, splitLines, stripLeft, stripRight } from '../text/text.ts';
import {
  awareMethod,
  type Method,
  named,
  none,
  one,
  parsed,
  positional,
  requireIndex,
  table,
  whole,
} from './method.ts';
import { requireText } from './str-argument.ts';
import { align, center, zfill } from './str-pad.ts';
import { count, hasEdge, search, searchOrFail } from './str-search.ts';
import { join, partition, replace, rsplit, split } from './str-split.ts';
import { makeTable, translate } from './str-translate.ts';

function strip(sides: 'both' | 'left' | 'right', method: string) {
  return (text: string, chars: unknown = null): string => {
    if (chars === null) {
      const left = sides === 'right' ? text : stripLeft(text);
      return sides === 'left' ? left : stripRight(left);
    }
    const set = textOf(chars);
    if (set === undefined) throw typeError(`${method} arg must be None or str`);
    const all = characters(text);
    const unwanted = new Set(characters(set));
    let first = 0;
    let end = all.length;
    if (sides !== 'right') while (first < end && unwanted.has(all[first] ?? '')) first++;
    if (sides !== 'left') while (end > first && unwanted.has(all[end - 1] ?? '')) end--;
    return all.slice(first, end).join('');
  };
}

function expandTabs(text: string, size: unknown = 8): string {
  const width = requireIndex(size);
  let output = '';
  let column = 0;
  for (const character of text) {
    if (character === '\t') {
      const spaces = width > 0 ? width - (column % width) : 0;
      checkText(output.length + spaces);
      output += ' '.repeat(spaces);
      column += spaces;
    } else {
      output += character;
      column = character === '\n' || character === '\r' ? 0 : column + 1;
    }
  }
  return output;
}

const encode: Method<string> = (self, call) =>
  named<string>(['encoding', 'errors'], (text, encoding = 'utf-8', errors = 'strict') => {
    const name = requireText(encoding, "encode() argument 'encoding' must be str");
    const handling = requireText(errors, "encode() argument 'errors' must be str");
    const { dialect } = call;
    const bytes = encodeText(plain(text), { encoding: name, errors: handling, dialect });
    if (dialect === 'jinja2') return new Bytes(bytes, text);
    return spread(decodeText(bytes, 'utf-8'), [text]);
  })(self, call);

const questions = Object.fromEntries(
  Object.entries({ ...IS, isspace: isSpace }).map(([name, test]) => [name, none<string>(test)]),
);

/** Those that look at characters. */
const LOOKING: Record<string, Method<string>> = {
  ...questions,
  capitalize: none(capitalize),
  casefold: none(caseFold),
  center: positional(1, 2, center),
  count: parsed(1, 3, count),
  endswith: parsed(1, 3, hasEdge('endsWith')),
  expandtabs: named(['tabsize'], expandTabs),
  find: parsed(1, 3, search(false)),
  index: parsed(1, 3, searchOrFail(false)),
  ljust: positional(
    1,
    2,
    align(() => 0),
  ),
  lower: none((text) => text.toLowerCase()),
  lstrip: positional(0, 1, strip('left', 'lstrip')),
  maketrans: positional(1, 3, (_text, from, to, removed) => makeTable(from, to, removed)),
  partition: one(partition(false)),
  removeprefix: one((text, prefix) => {
    const unwanted = requireText(prefix, 'removeprefix() argument must be str');
    return text.startsWith(unwanted) ? text.slice(unwanted.length) : text;
  }),
  removesuffix: one((text, suffix) => {
    const unwanted = requireText(suffix, 'removesuffix() argument must be str');
    return unwanted !== '' && text.endsWith(unwanted) ? text.slice(0, -unwanted.length) : text;
  }),
  replace: positional(2, 3, replace),
  rfind: parsed(1, 3, search(true)),
  rindex: parsed(1, 3, searchOrFail(true)),
  rjust: positional(
    1,
    2,
    align((missing) => missing),
  ),
  rpartition: one(partition(true)),
  rsplit: named(['sep', 'maxsplit'], rsplit),
  rstrip: positional(0, 1, strip('right', 'rstrip')),
  split: named(['sep', 'maxsplit'], split),
  splitlines: named(['keepends'], (text, keepEnds = false) =>
    splitLines(text, requireIndex(keepEnds) !== 0),
  ),
  startswith: parsed(1, 3, hasEdge('startsWith')),
  strip: positional(0, 1, strip('both', 'strip')),
  swapcase: none(swapCase),
  title: none(titleCase),
  translate: one(translate),
  upper: none((text) => text.toUpperCase()),
  zfill: one(zfill),
};

/** The methods of str in Python 3. */
export const STR_METHODS = table<string>({
  ...Object.fromEntries(
    Object.entries(LOOKING).map(([name, method]) => [name, awareMethod(method)]),
  ),
  encode,
  format: whole((text, { args, kwargs, dialect }) => formatText(text, { args, kwargs, dialect })),
  format_map: (text, call) =>
    one<string>((format, mapping) => formatMap(format, mapping, call.dialect))(text, call),
  join: one(join),
});

/** What Python 2's str has beside: bytes and text are one, and some encodings are transformations. */
export const PYTHON2_STR_METHODS = table<string>({
  ...STR_METHODS,
  // What a word of letters becomes is not for the template's author to see: it is foreign, whatever it came from.
  decode: named(['encoding', 'errors'], (text, encoding = 'utf-8') => {
    const bytes = encodeText(plain(text), {
      encoding: 'utf-8',
      errors: 'strict',
      dialect: 'python2',
    });
    const decoded = decodeText(bytes, requireText(encoding));
    if (decoded === plain(text)) return text;
    return isForeign(text) ? spread(decoded, [text]) : foreign(decoded);
  }),
});
