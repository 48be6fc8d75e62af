import { spread } from './aware.ts';
import type { Dialect } from '../dialect.ts';
import { isMapping, type Mapping, mappingGet } from '../classes/dict.ts';
import { isForeign, plain } from './foreign.ts';
import { checkText } from '../limits.ts';
import { Markup } from '../classes/markup.ts';
import { numeric } from '../numbers/numeric.ts';
import { type Conversion, convert, type Printing } from './percent-conversion.ts';
import { repr } from '../print.ts';
import { PythonError, typeError, valueError } from '../python-error.ts';
import { Range } from '../classes/range.ts';
import { Tuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';

/** The values that a format takes its arguments from: positional, or by key. */
class Arguments {
  private readonly values: readonly unknown[];
  private readonly mapping: unknown;
  private next = 0;

  constructor(value: unknown) {
    this.values = value instanceof Tuple ? value : [value];
    // Python asks only whether the value can be subscripted and is no str or tuple, so lists and undefined are too.
    this.mapping = isSubscriptable(value) ? value : undefined;
  }

  take(): unknown {
    if (this.next >= this.values.length) throw typeError('not enough arguments for format string');
    return this.values[this.next++];
  }

  checkMapping(): void {
    if (this.mapping === undefined) throw typeError('format requires a mapping');
  }

  lookUp(key: string): unknown {
    if (this.mapping instanceof Undefined) throw this.mapping.error();
    if (!isMapping(this.mapping)) {
      throw typeError(`${typeName(this.mapping)} indices must be integers or slices, not str`);
    }
    const value = mappingGet(this.mapping as Mapping, key);
    if (value === undefined) throw new PythonError('KeyError', repr(key));
    // Python hands the value over as the only argument, which is then used up.
    this.next = this.values.length;
    return value;
  }

  checkAllUsed(): void {
    if (this.mapping === undefined && this.next < this.values.length) {
      throw typeError('not all arguments converted during string formatting');
    }
  }
}

const isSubscriptable = (value: unknown): boolean =>
  isMapping(value) ||
  (Array.isArray(value) && !(value instanceof Tuple)) ||
  value instanceof Range ||
  value instanceof Undefined;

/** The end of the key that opens at `start`, its parentheses balanced. */
function keyEnd(format: string, start: number): number {
  let depth = 1;
  for (let i = start; i < format.length; i++) {
    if (format[i] === '(') depth += 1;
    else if (format[i] === ')') depth -= 1;
    if (depth === 0) return i;
  }
  throw valueError('incomplete format key');
}

const REST = /([#0 +-]*)(\*|\d*)(?:(\.)(\*|\d*))?[hlL]?/uy;

function sizeArgument(digits: string, what: string, args: Arguments): number {
  if (digits !== '*') {
    const size = Number(digits);
    if (size > 0x7fff_ffff) throw valueError(`${what} too big`);
    return size;
  }
  const value = numeric(args.take());
  if (typeof value !== 'bigint') throw typeError('* wants int');
  return Number(value);
}

/** The conversion whose flags begin at `start`, its `*` taken from the arguments. */
function readConversion(
  format: string,
  start: number,
  args: Arguments,
): { conversion: Conversion; end: number } {
  REST.lastIndex = start;
  const [matched = '', flags = '', widthText = '', point, precisionText = ''] =
    REST.exec(format) ?? [];
  const width = sizeArgument(widthText, 'width', args);
  const precision =
    point === undefined ? undefined : Math.max(0, sizeArgument(precisionText, 'precision', args));
  const index = start + matched.length;
  const code = format.codePointAt(index);
  if (code === undefined) throw valueError('incomplete format');
  const type = String.fromCodePoint(code);
  const conversion = {
    flags: width < 0 ? `${flags}-` : flags,
    width: Math.abs(width),
    precision,
    type,
    index,
  };
  return { conversion, end: index + type.length };
}

/** A format that is a value's can make anything of its arguments. */
function formatAll(format: string, args: Arguments, printing: Printing): string {
  if (isForeign(format)) return spread(formatAll(plain(format), args, printing), [format]);
  let output = '';
  let position = 0;
  for (;;) {
    const percent = format.indexOf('%', position);
    if (percent < 0) break;
    output += format.slice(position, percent);
    let start = percent + 1;
    if (format[start] === '%') {
      output += '%';
      position = start + 1;
      continue;
    }
    let keyed: { value: unknown } | undefined;
    if (format[start] === '(') {
      args.checkMapping();
      const end = keyEnd(format, start + 1);
      keyed = { value: args.lookUp(format.slice(start + 1, end)) };
      start = end + 1;
    }
    const { conversion, end } = readConversion(format, start, args);
    output += convert(keyed ? keyed.value : args.take(), conversion, printing);
    checkText(output.length);
    position = end;
  }
  args.checkAllUsed();
  return output + format.slice(position);
}

/** `format % value`: printf-style formatting (Python's library reference, "printf-style String Formatting"). */
export function formatPercent(
  format: string | Markup,
  value: unknown,
  dialect: Dialect = 'jinja2',
): string | Markup {
  const args = new Arguments(value);
  if (typeof format === 'string') return formatAll(format, args, { dialect, markup: false });
  return new Markup(formatAll(format.text, args, { dialect, markup: true }));
}
