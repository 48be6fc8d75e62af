import { aware, spread } from './text/aware.ts';
import { Bytes } from './classes/bytes.ts';
import type { Dialect } from './dialect.ts';
import { Dict, isPlainObject, type Mapping, mappingEntries } from './classes/dict.ts';
import { DictView } from './classes/dict-view.ts';
import { Float, floatRepr, floatStr } from './classes/float.ts';
import { plain } from './text/foreign.ts';
import { Generator } from './classes/generator.ts';
import { checkText } from './limits.ts';
import { Markup } from './classes/markup.ts';
import { TemplateObject } from './classes/object.ts';
import { valueError } from './python-error.ts';
import { Range } from './classes/range.ts';
import { Tuple } from './classes/tuple.ts';
import { Undefined } from './classes/undefined.ts';

/** Digits beyond which Python 3.11 refuses to print an integer. */
const MAX_INT_DIGITS = 4300;

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const UNPRINTABLE = /[\\\p{C}\p{Zl}\p{Zp}\p{Zs}]/gu;
const NEEDS_ESCAPE = /[^ !#-&(-[\]-~]/;

const hex = (code: number, width: number): string => code.toString(16).padStart(width, '0');

function escapeCharacter(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (character === ' ') return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = mark === "'" ? text.replaceAll("'", "\\'") : text;
  return mark + body + mark;
}

/** `repr(str)` of Python 3. */
export function textRepr(text: string): string {
  return NEEDS_ESCAPE.test(text) ? escapedRepr(text) : `'${text}'`;
}

const escapedRepr = aware((text: string): string =>
  quoteEscaped(text, text.replace(UNPRINTABLE, escapeCharacter)),
);

/** The choice of quotes depends on the text, the backslash before a quote comes after the other escapes. */
const quoteEscaped = (text: string, escaped: string): string =>
  text.includes("'") ? quote(escaped) : `'${escaped}'`;

/** `ascii(str)`: as `repr`, with every character beyond ASCII escaped. */
export const textAscii = aware((repr: string): string =>
  repr.replace(/[\u0080-\u{10ffff}]/gu, escapeCharacter),
);

function bytesRepr(bytes: Bytes): string {
  const escaped = bytes.latin1.replace(/[^ -[\]-~]/g, escapeCharacter);
  return spread(`b${quoteEscaped(bytes.latin1, escaped)}`, [bytes.source]);
}

/** How a string looks inside of a container: Python 2 marks the strings that come from the context. */
function nestedTextRepr(text: string, { dialect, fromContext }: Printing): string {
  if (dialect === 'jinja2') return textRepr(text);
  const ascii = textAscii(textRepr(text));
  return fromContext || /[\u0080-\uffff]/.test(plain(text)) ? `u${ascii}` : ascii;
}

function intText(value: bigint): string {
  const text = value.toString();
  if (text.length > MAX_INT_DIGITS) {
    throw valueError(
      `Exceeds the limit (${MAX_INT_DIGITS} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit`,
    );
  }
  return text;
}

const numberRepr = (value: number): string => {
  if (!Number.isInteger(value)) return floatRepr(value);
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
};

interface Printing {
  readonly dialect: Dialect;
  /** The containers being printed, outermost first: one within itself prints as dots. */
  readonly open: object[];
  fromContext: boolean;
}

function listBody(items: readonly unknown[], printing: Printing): string {
  let body = '';
  for (let i = 0; i < items.length; i++) {
    body += (i === 0 ? '' : ', ') + reprIn(items[i], printing);
    checkText(body.length);
  }
  return body;
}

function dictBody(mapping: Mapping, printing: Printing): string {
  let body = '';
  for (const [key, value] of mappingEntries(mapping)) {
    body += `${body === '' ? '' : ', '}${reprIn(key, printing)}: ${reprIn(value, printing)}`;
    checkText(body.length);
  }
  return body;
}

function containerRepr(value: object, printing: Printing): string {
  const isList = Array.isArray(value);
  if (printing.open.includes(value)) {
    if (value instanceof DictView) return '...';
    if (value instanceof Tuple) return '(...)';
    return isList ? '[...]' : '{...}';
  }
  printing.open.push(value);
  const outer = printing.fromContext;
  printing.fromContext = isList ? Object.isFrozen(value) : !(value instanceof Dict);
  let text: string;
  if (value instanceof DictView) {
    text = `${value.typeName}([${listBody(value, printing)}])`;
  } else if (value instanceof Tuple) {
    text =
      value.length === 1 ? `(${listBody(value, printing)},)` : `(${listBody(value, printing)})`;
  } else if (isList) {
    text = `[${listBody(value, printing)}]`;
  } else {
    text = `{${dictBody(value as Mapping, printing)}}`;
  }
  printing.fromContext = outer;
  printing.open.pop();
  return text;
}

function rangeRepr({ start, stop, step }: Range): string {
  return step === 1 ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`;
}

/** Python 2's range is the template's `xrange`. */
function xrangeRepr(range: Range): string {
  return range.start === 0 && range.step === 1 ? `xrange(${range.stop})` : `x${rangeRepr(range)}`;
}

function objectRepr(value: object, printing: Printing): string {
  if (Array.isArray(value) || value instanceof Dict || isPlainObject(value)) {
    return containerRepr(value, printing);
  }
  if (value instanceof Markup) return `Markup(${nestedTextRepr(value.text, printing)})`;
  if (value instanceof Float) return floatRepr(value.value);
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof TemplateObject) return value.repr();
  if (value instanceof Range) {
    return printing.dialect === 'python2' ? xrangeRepr(value) : rangeRepr(value);
  }
  if (value instanceof Generator) return `<${value.label} at 0x7f0000000000>`;
  if (value instanceof Bytes) return bytesRepr(value);
  return containerRepr(value, printing);
}

/** Whether Python 2 has the int as a `long`: beyond 64 bits. */
const isLong = (value: bigint, { dialect }: Printing): boolean =>
  dialect === 'python2' && BigInt.asIntN(64, value) !== value;

function reprIn(value: unknown, printing: Printing): string {
  switch (typeof value) {
    case 'string':
      return nestedTextRepr(value, printing);
    case 'number':
      return numberRepr(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return isLong(value, printing) ? `${intText(value)}L` : intText(value);
    case 'object':
      return value === null ? 'None' : objectRepr(value, printing);
    default:
      return 'None';
  }
}

/** `repr(value)`. */
export function repr(value: unknown, dialect: Dialect = 'jinja2'): string {
  return reprIn(value, { dialect, open: [], fromContext: true });
}

function objectStr(value: object, dialect: Dialect): string {
  if (value instanceof Markup) return value.text;
  if (value instanceof Undefined) return '';
  if (value instanceof Float) return floatStr(value.value, dialect);
  if (value instanceof TemplateObject) return value.print();
  return objectRepr(value, { dialect, open: [], fromContext: true });
}

/** `str(value)`: what `{{ value }}` prints where nothing is escaped. */
export function str(value: unknown, dialect: Dialect = 'jinja2'): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      if (Number.isSafeInteger(value)) return String(value);
      return Number.isInteger(value) ? BigInt(value).toString() : floatStr(value, dialect);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return intText(value);
    case 'object':
      return value === null ? 'None' : objectStr(value, dialect);
    default:
      return 'None';
  }
}
