import { attributeOf } from '../attributes.ts';
import { spread } from './aware.ts';
import type { Dialect } from '../dialect.ts';
import { isMapping } from '../classes/dict.ts';
import { escapeHtml } from './escape.ts';
import { isForeign, plain } from './foreign.ts';
import { formatValue } from './format-spec.ts';
import type { Kwargs } from '../classes/kwargs.ts';
import { checkText } from '../limits.ts';
import { itemOf } from '../lookup.ts';
import { Markup } from '../classes/markup.ts';
import { repr, str, textAscii } from '../print.ts';
import { PythonError, valueError } from '../python-error.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';

export interface FormatArguments {
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs | undefined;
  readonly dialect: Dialect;
}

/** `{name!conversion:spec}`, not yet looked up. */
interface Field {
  readonly name: string;
  readonly conversion: string;
  readonly spec: string;
}

/** How deep fields may stand in the specification of a field. */
const MAX_DEPTH = 2;

/** Looks arguments up for one call, and remembers whether fields are numbered by hand. */
class Lookup {
  private readonly arguments: FormatArguments;
  private numbering: 'automatic' | 'manual' | undefined;
  private next = 0;

  constructor(args: FormatArguments) {
    this.arguments = args;
  }

  private number(mode: 'automatic' | 'manual'): void {
    if (this.numbering !== undefined && this.numbering !== mode) {
      throw valueError(
        mode === 'manual'
          ? 'cannot switch from automatic field numbering to manual field specification'
          : 'cannot switch from manual field specification to automatic field numbering',
      );
    }
    this.numbering = mode;
  }

  private positional(index: number): unknown {
    const { args } = this.arguments;
    if (index < args.length) return args[index];
    throw new PythonError(
      'IndexError',
      `Replacement index ${index} out of range for positional args tuple`,
    );
  }

  first(name: string): unknown {
    if (name === '') {
      this.number('automatic');
      return this.positional(this.next++);
    }
    if (/^\d+$/.test(name)) {
      this.number('manual');
      return this.positional(Number(name));
    }
    const value = this.arguments.kwargs?.get(name);
    if (value === undefined) throw new PythonError('KeyError', repr(name));
    return value;
  }

  /** The value of a field's name: `0`, `name`, each with any number of `.attribute` and `[key]`. */
  value(field: string): unknown {
    const head = /^[^.[]*/.exec(field)?.[0] ?? '';
    let value = this.first(head);
    let rest = field.slice(head.length);
    while (rest !== '') {
      const step = /^(?:\.([^.[]*)|\[([^\]]*)\])/.exec(rest);
      if (step === null) {
        throw valueError(
          rest.startsWith('[')
            ? "Missing ']' in format string"
            : "Only '.' or '[' may follow ']' in format field specifier",
        );
      }
      const [matched, attribute, key] = step;
      if ((attribute ?? key) === '') throw valueError('Empty attribute in format string');
      value =
        attribute === undefined
          ? itemFor(value, key ?? '')
          : attributeFor(value, attribute, this.arguments.dialect);
      rest = rest.slice(matched.length);
    }
    return value;
  }
}

function attributeFor(value: unknown, name: string, dialect: Dialect): unknown {
  const attribute = attributeOf(value, name, dialect);
  if (attribute !== undefined) return attribute;
  if (value instanceof Undefined) throw value.error();
  throw new PythonError(
    'AttributeError',
    `'${typeName(value)}' object has no attribute ${repr(name)}`,
  );
}

function indexOutOfRange(kind: string): string {
  if (kind === 'range') return 'range object index out of range';
  return `${kind === 'list' || kind === 'tuple' ? kind : 'string'} index out of range`;
}

function itemFor(value: unknown, text: string): unknown {
  const key = /^\d+$/.test(text) ? Number(text) : text;
  if (value instanceof Undefined) throw value.error();
  const item = itemOf(value, key);
  if (item !== undefined) return item;
  const kind = typeName(value);
  if (isMapping(value)) throw new PythonError('KeyError', repr(key));
  if (['str', 'list', 'tuple', 'range', 'Markup'].includes(kind)) {
    if (typeof key === 'number') {
      throw new PythonError('IndexError', indexOutOfRange(kind));
    }
    throw new PythonError(
      'TypeError',
      kind === 'str'
        ? "string indices must be integers, not 'str'"
        : `${kind} indices must be integers or slices, not str`,
    );
  }
  throw new PythonError('TypeError', `'${kind}' object is not subscriptable`);
}

function convert(value: unknown, conversion: string, dialect: Dialect): unknown {
  switch (conversion) {
    case '':
      return value;
    case 's':
      return str(value, dialect);
    case 'r':
      return repr(value, dialect);
    case 'a':
      return textAscii(repr(value, dialect));
    default:
      throw valueError(
        `Unknown conversion specifier ${conversion.length === 1 ? conversion : repr(conversion)}`,
      );
  }
}

/** The text between the braces of a field that opens before `start`, nested fields included. */
function fieldEnd(format: string, start: number): number {
  let depth = 1;
  let inKey = false;
  for (let i = start; i < format.length; i++) {
    const character = format[i];
    if (inKey) inKey = character !== ']';
    else if (character === '[' && depth === 1 && !format.slice(start, i).includes(':'))
      inKey = true;
    else if (character === '{') depth += 1;
    else if (character === '}') depth -= 1;
    if (depth === 0) return i;
  }
  throw valueError("expected '}' before end of string");
}

function parseField(text: string): Field {
  let end = 0;
  while (end < text.length && text[end] !== ':' && text[end] !== '!') {
    if (text[end] === '[') end = Math.max(end, text.indexOf(']', end));
    if (text[end] === '{') throw valueError("unexpected '{' in field name");
    end += 1;
  }
  const name = text.slice(0, end);
  if (text[end] !== '!') return { name, conversion: '', spec: text.slice(end + 1) };
  const after = text.slice(end + 1);
  if (after === '') throw valueError("unmatched '{' in format spec");
  const conversion = String.fromCodePoint(after.codePointAt(0) ?? 0);
  const rest = after.slice(conversion.length);
  if (rest !== '' && !rest.startsWith(':')) {
    throw valueError("expected ':' after conversion specifier");
  }
  return { name, conversion, spec: rest.slice(1) };
}

type Show = (value: unknown, spec: string) => string;

interface Formatter {
  readonly lookup: Lookup;
  readonly dialect: Dialect;
  readonly show: Show;
}

/** A format that is a value's can make anything of its arguments. */
function expand(format: string, formatter: Formatter, depth: number): string {
  if (isForeign(format)) return spread(expand(plain(format), formatter, depth), [format]);
  if (depth < 0) throw valueError('Max string recursion exceeded');
  let output = '';
  for (let i = 0; i < format.length; ) {
    const character = format.charAt(i);
    if (character !== '{' && character !== '}') {
      const next = /[{}]/.exec(format.slice(i))?.index ?? format.length - i;
      output += format.slice(i, i + next);
      i += next;
    } else if (format[i + 1] === character) {
      output += character;
      i += 2;
    } else if (character === '}') {
      throw valueError("Single '}' encountered in format string");
    } else {
      if (i + 1 >= format.length) throw valueError("Single '{' encountered in format string");
      const end = fieldEnd(format, i + 1);
      output += field(parseField(format.slice(i + 1, end)), formatter, depth);
      checkText(output.length);
      i = end + 1;
    }
  }
  return output;
}

function field({ name, conversion, spec }: Field, formatter: Formatter, depth: number): string {
  const value = convert(formatter.lookup.value(name), conversion, formatter.dialect);
  const plain = {
    ...formatter,
    show: (inner: unknown, text: string) => formatValue(inner, text, formatter.dialect),
  };
  return formatter.show(value, spec.includes('{') ? expand(spec, plain, depth - 1) : spec);
}

/** `format.format(*args, **kwargs)` (Python's library reference, "Format String Syntax"). */
export function formatText(format: string, args: FormatArguments): string {
  const { dialect } = args;
  const show: Show = (value, spec) => formatValue(value, spec, dialect);
  return expand(format, { lookup: new Lookup(args), dialect, show }, MAX_DEPTH - 1);
}

/** `format.format_map(mapping)`. */
export function formatMap(format: string, mapping: unknown, dialect: Dialect): string {
  const lookup = new Lookup({ args: [], kwargs: undefined, dialect });
  lookup.first = (name) => itemFor(mapping, name);
  const show: Show = (value, spec) => formatValue(value, spec, dialect);
  return expand(format, { lookup, dialect, show }, MAX_DEPTH - 1);
}

/** markupsafe's `Markup.format`: what is put in is escaped. */
export function formatMarkup(format: string, args: FormatArguments): Markup {
  const { dialect } = args;
  const show: Show = (value, spec) => {
    if (!(value instanceof Markup)) return escapeHtml(formatValue(value, spec, dialect)).text;
    if (spec !== '') throw valueError('Unsupported format specification for Markup.');
    return value.text;
  };
  return new Markup(expand(format, { lookup: new Lookup(args), dialect, show }, MAX_DEPTH - 1));
}
