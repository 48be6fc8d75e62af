import { floatJson } from '../../json/write.ts';
import { aware } from '../text/aware.ts';
import { textOf } from '../compare.ts';
import { isMapping, type Mapping, mappingEntries } from '../classes/dict.ts';
import { checkText } from '../limits.ts';
import { Markup } from '../classes/markup.ts';
import { asIndex, isFloat, numeric } from '../numbers/numeric.ts';
import { str } from '../print.ts';
import { typeError, valueError } from '../python-error.ts';
import { sorted } from '../sort.ts';
import { Tuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { type FilterTable, filter, type Runtime } from './filter.ts';

const unicodeEscape = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A JSON string of ASCII alone. */
const quote = (text: string): string => `"${escaped(text)}"`;

const escaped = aware((text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u007f-\uffff]/g, (unit) => (unit === '\u007f' ? unit : unicodeEscape(unit))),
);

/** A number, a bool or None as JSON; undefined for everything else. */
function scalar(value: unknown): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  const number = numeric(value);
  if (number === undefined) return undefined;
  return isFloat(value) ? floatJson(Number(number)) : str(value);
}

function keyText(key: unknown): string {
  const text = textOf(key) ?? scalar(key);
  if (text !== undefined) return text;
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

interface Writer {
  readonly indent: string | undefined;
  readonly dialect: Runtime['dialect'];
  readonly open: object[];
}

function list(parts: readonly string[], brackets: string, { indent, open }: Writer): string {
  const [left = '', right = ''] = brackets;
  if (parts.length === 0) return brackets;
  if (indent === undefined) return left + parts.join(', ') + right;
  const outer = `\n${indent.repeat(open.length - 1)}`;
  const inner = `\n${indent.repeat(open.length)}`;
  return left + inner + parts.join(`,${inner}`) + outer + right;
}

function members(mapping: Mapping, writer: Writer): string[] {
  const pairs = mappingEntries(mapping).map(([key, value]) => Tuple.make(key, value));
  return sorted(pairs, { dialect: writer.dialect }).map((pair) => {
    const [key, value] = pair as Tuple;
    return `${quote(keyText(key))}: ${write(value, writer)}`;
  });
}

function write(value: unknown, writer: Writer): string {
  const text = textOf(value);
  if (text !== undefined) return quote(text);
  const simple = scalar(value);
  if (simple !== undefined) return simple;
  const isList = Array.isArray(value);
  if (!isList && !isMapping(value)) {
    throw typeError(`Object of type ${typeName(value)} is not JSON serializable`);
  }
  if (writer.open.includes(value)) throw valueError('Circular reference detected');
  writer.open.push(value);
  const body = isList
    ? list(
        value.map((item) => write(item, writer)),
        '[]',
        writer,
      )
    : list(members(value, writer), '{}', writer);
  writer.open.pop();
  checkText(body.length);
  return body;
}

function indentOf(value: unknown): string | undefined {
  if (value === null) return undefined;
  const text = textOf(value);
  if (text !== undefined) return text;
  const width = asIndex(value);
  if (width === undefined)
    throw typeError(`can't multiply sequence by non-int of type '${typeName(value)}'`);
  checkText(width);
  return ' '.repeat(Math.max(0, width));
}

const UNSAFE = /[<>&']/g;
const escapeUnsafe = aware((json: string): string => json.replace(UNSAFE, unicodeEscape));

/** Filters that give JSON. */
export const JSON_FILTERS: FilterTable = {
  tojson: filter(
    { name: 'do_tojson', params: ['value', 'indent'], required: 1, hidden: 1 },
    ({ dialect }, value, indent = null) =>
      new Markup(
        escapeUnsafe(
          write(value, {
            indent: textOf(value) === undefined ? indentOf(indent) : undefined,
            dialect,
            open: [],
          }),
        ),
      ),
  ),
};
