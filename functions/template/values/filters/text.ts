import { add, mul, sub } from '../numbers/arithmetic.ts';
import { attributeError, runMethod } from '../attributes.ts';
import { aware } from '../text/aware.ts';
import { compare, textOf } from '../compare.ts';
import type { Dialect } from '../dialect.ts';
import { Dict } from '../classes/dict.ts';
import { escapeHtml } from '../text/escape.ts';
import { plain } from '../text/foreign.ts';
import { length } from '../iteration.ts';
import { slice } from '../lookup.ts';
import { Markup } from '../classes/markup.ts';
import { requireIndex } from '../methods/method.ts';
import { joinParts, replaceText } from '../methods/str-split.ts';
import { asIndex } from '../numbers/numeric.ts';
import { formatPercent } from '../text/percent.ts';
import { repr, str } from '../print.ts';
import { PythonError, typeError, valueError } from '../python-error.ts';
import { characters, codePointCount, splitLines } from '../text/text.ts';
import { truth } from '../truth.ts';
import { Tuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';
import {
  builtin,
  type Filter,
  type FilterTable,
  filter,
  type Runtime,
  separate,
  simple,
} from './filter.ts';
import { wrapText } from './wrap.ts';

/** markupsafe's `soft_str`: text stays what it is, Markup too, everything else is printed. */
const soft = (value: unknown, { dialect }: Runtime): string | Markup =>
  typeof value === 'string' || value instanceof Markup ? value : str(value, dialect);

/** A filter that is a method of the printed value. */
const method = (name: string, python: string): Filter =>
  simple(python, 's', (value, runtime) =>
    runMethod(soft(value, runtime), name, { args: [], dialect: runtime.dialect }),
  );

/** The text of a value that Python would use as a str without printing it. @throws PythonError AttributeError */
function textFor(value: unknown, attribute: string): string {
  const text = textOf(value);
  if (text !== undefined) return text;
  throw attributeError(value, attribute);
}

const WORD_START = /([-\s({[<]+)/u;
const WORD_START_28 = /([-\s]+)/u;

/** Words begin after white space, hyphens and opening brackets; the rest of each is lower case. */
const title = aware((text: string, dialect: Dialect): string => {
  const parts = text.split(dialect === 'python2' ? WORD_START_28 : WORD_START);
  return parts
    .map((part) => {
      const [first = '', ...rest] = characters(part);
      return first.toUpperCase() + rest.join('').toLowerCase();
    })
    .join('');
});

const replaced = aware((text: string, old: string, next: string, count: number): string =>
  replaceText(text, { old, next, count }),
);

function replaceEscaped(
  value: unknown,
  { old, next, count }: { old: unknown; next: unknown; count: number },
  runtime: Runtime,
): unknown {
  const escapes = old instanceof Markup || (next instanceof Markup && !(value instanceof Markup));
  const subject = escapes ? escapeHtml(value, runtime.dialect) : soft(value, runtime);
  const args = [soft(old, runtime), soft(next, runtime), count];
  return runMethod(subject, 'replace', { args, dialect: runtime.dialect });
}

function replace(
  runtime: Runtime,
  value: unknown,
  old: unknown,
  next: unknown,
  most: unknown = null,
): unknown {
  const count = most === null ? -1 : requireIndex(most);
  if (runtime.autoescape) return replaceEscaped(value, { old, next, count }, runtime);
  const print = (part: unknown): string => str(part, runtime.dialect);
  return replaced(print(value), print(old), print(next), count);
}

interface Indentation {
  readonly indention: string;
  readonly first: boolean;
  readonly blank: boolean;
  readonly dialect: Dialect;
}

function indentLines(text: string, { indention, first, blank, dialect }: Indentation): string {
  const all = blank || dialect === 'python2';
  const lines = splitLines(dialect === 'python2' ? text : `${text}\n`).map((line, index) =>
    index > 0 && (all || line !== '') ? indention + line : line,
  );
  return joinParts('\n', first ? [indention + (lines[0] ?? ''), ...lines.slice(1)] : lines);
}

/** What `value += "\n"` raises. */
function additionError(value: unknown): PythonError {
  if (value instanceof Undefined) return value.error();
  if (value instanceof Tuple) {
    return typeError('can only concatenate tuple (not "str") to tuple');
  }
  return typeError(`unsupported operand type(s) for +=: '${typeName(value)}' and 'str'`);
}

function indent(
  { dialect }: Runtime,
  value: unknown,
  width: unknown = 4,
  first: unknown = false,
  blank: unknown = false,
): unknown {
  const indention = textOf(width) ?? String(mul(' ', width));
  if (textOf(value) === undefined) {
    if (Array.isArray(value) && !(value instanceof Tuple))
      throw attributeError(value, 'splitlines');
    throw additionError(value);
  }
  const options = { indention, first: truth(first), blank: truth(blank), dialect };
  if (!(value instanceof Markup)) return indentLines(value as string, options);
  return new Markup(indentLines(value.text, options));
}

/** Jinja2 2.8: no leeway, and a space before the ending. */
function truncate28(value: unknown, { most, kill, end }: Truncation): unknown {
  if (length(value) <= most) return value;
  const head = slice(value, [null, most - codePointCount(end), null]);
  const text = textFor(head, 'rsplit');
  if (kill) return text + end;
  const words = text.lastIndexOf(' ') < 0 ? text : text.slice(0, text.lastIndexOf(' '));
  return (codePointCount(words) < most ? `${words} ` : words) + end;
}

interface Truncation {
  readonly most: number;
  readonly kill: boolean;
  readonly end: string;
}

function assertAtLeast(what: string, value: unknown, least: number): void {
  if (!compare('>=', value, least)) {
    throw new PythonError('AssertionError', `expected ${what} >= ${least}, got ${str(value)}`);
  }
}

function truncate(
  { dialect }: Runtime,
  value: unknown,
  most: unknown = 255,
  kill: unknown = false,
  end: unknown = '...',
  leeway: unknown = null,
): unknown {
  const isCut = truth(kill);
  if (dialect === 'python2') {
    return truncate28(value, { most: requireIndex(most), kill: isCut, end: str(end) });
  }
  const slack = leeway === null ? 5 : leeway;
  const endLength = length(end);
  assertAtLeast('length', most, endLength);
  assertAtLeast('leeway', slack, 0);
  if (compare('<=', length(value), add(most, slack))) return value;
  const head = slice(value, [null, sub(most, endLength), null]);
  if (isCut) return add(head, end);
  const text = textFor(head, 'rsplit');
  const space = text.lastIndexOf(' ');
  const words = space < 0 ? text : text.slice(0, space);
  return add(head instanceof Markup ? new Markup(words) : words, end);
}

/** A width that may be compared with numbers and be used as a position, and is more than 0. */
function wrapWidth(width: unknown): number {
  if (compare('<=', width, 0)) {
    throw valueError(`invalid width ${repr(width)} (must be > 0)`);
  }
  const index = asIndex(width);
  if (index !== undefined) return index;
  throw typeError('slice indices must be integers or None or have an __index__ method');
}

function wordwrap(
  { dialect }: Runtime,
  value: unknown,
  width: unknown = 79,
  breakLongWords: unknown = true,
  wrapString: unknown = null,
  breakOnHyphens: unknown = true,
): string {
  if (value instanceof Undefined) throw value.error();
  const text = textFor(value, 'splitlines');
  const between = wrapString === null ? '\n' : str(wrapString, dialect);
  const options = {
    width: wrapWidth(width),
    breakLongWords: truth(breakLongWords),
    breakOnHyphens: truth(breakOnHyphens),
  };
  const paragraphs = dialect === 'python2' ? [text] : splitLines(text);
  return joinParts(
    between,
    paragraphs.map((paragraph) => joinParts(between, wrapText(paragraph, options))),
  );
}

/** `format(value, *args, **kwargs)`: printf-style, with positional or keyword arguments. */
const format: Filter = (runtime, value, ...rest) => {
  const { args, kwargs } = separate(rest);
  if (args.length > 0 && kwargs !== undefined && kwargs.size > 0) {
    throw new PythonError(
      'FilterArgumentError',
      "can't handle positional and keyword arguments at the same time",
    );
  }
  const values = kwargs !== undefined && kwargs.size > 0 ? new Dict(kwargs) : Tuple.wrap(args);
  return formatPercent(soft(value, runtime), values, runtime.dialect);
};

/** `re.escape`: Python 3 puts a backslash before what is special, Python 2 before all but ASCII letters and digits. */
export const regexEscape = aware((value: unknown, { dialect }: Runtime): string => {
  const text = textOf(value);
  if (text === undefined) {
    throw typeError(`decoding to str: need a bytes-like object, ${typeName(value)} found`);
  }
  if (dialect === 'jinja2') return text.replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, '\\$&');
  return text.replace(/[^A-Za-z0-9]/gu, (character) =>
    character === '\0' ? '\\000' : `\\${character}`,
  );
});

/** Filters that give text. */
export const TEXT_FILTERS: FilterTable = {
  capitalize: method('capitalize', 'do_capitalize'),
  center: filter(
    { name: 'do_center', params: ['value', 'width'], required: 1 },
    (runtime, value, width = 80) =>
      runMethod(soft(value, runtime), 'center', { args: [width], dialect: runtime.dialect }),
  ),
  format,
  indent: filter(
    { name: 'do_indent', params: ['s', 'width', 'first', 'blank'], required: 1 },
    aware(indent),
  ),
  lower: method('lower', 'do_lower'),
  re_escape: simple('re_escape', 'pattern', regexEscape),
  replace: filter(
    { name: 'do_replace', params: ['s', 'old', 'new', 'count'], required: 3, hidden: 1 },
    replace,
  ),
  string: builtin('markupsafe._speedups.soft_str', soft),
  title: simple('do_title', 's', (value, { dialect }) => title(str(value, dialect), dialect)),
  trim: filter(
    { name: 'do_trim', params: ['value', 'chars'], required: 1 },
    (runtime, value, chars = null) =>
      runMethod(soft(value, runtime), 'strip', { args: [chars], dialect: runtime.dialect }),
  ),
  truncate: filter(
    {
      name: 'do_truncate',
      params: ['s', 'length', 'killwords', 'end', 'leeway'],
      required: 1,
      hidden: 1,
    },
    aware(truncate),
  ),
  upper: method('upper', 'do_upper'),
  wordcount: simple(
    'do_wordcount',
    's',
    (value, runtime) => (plain(str(value, runtime.dialect)).match(/[\p{L}\p{N}_]+/gu) ?? []).length,
  ),
  wordwrap: filter(
    {
      name: 'do_wordwrap',
      params: ['s', 'width', 'break_long_words', 'wrapstring', 'break_on_hyphens'],
      required: 1,
      hidden: 1,
    },
    aware(wordwrap),
  ),
};
