import { mod } from './numbers/arithmetic.ts';
import { isLower, isUpper } from './text/case.ts';
import { compare, equals, type Ordering, textOf } from './compare.ts';
import { hashKey, isMapping } from './classes/dict.ts';
import { DictView } from './classes/dict-view.ts';
import {
  builtin,
  type Filter,
  type FilterTable,
  filter,
  type Runtime,
  simple,
} from './filters/filter.ts';
import { plain } from './text/foreign.ts';
import { Generator } from './classes/generator.ts';
import { contains, isIterable, lengthOf } from './iteration.ts';
import { Kwargs } from './classes/kwargs.ts';
import { Markup } from './classes/markup.ts';
import { isFloat, isInt } from './numbers/numeric.ts';
import { Callable } from './classes/object.ts';
import { str } from './print.ts';
import { typeError } from './python-error.ts';
import { Undefined } from './classes/undefined.ts';

const test = (name: string, body: (value: unknown, runtime: Runtime) => boolean): Filter =>
  simple(`test_${name}`, 'value', body);

const remainderIs = (
  value: unknown,
  divisor: unknown,
  { dialect }: Runtime,
  rest: number,
): boolean => equals(mod(value, divisor, dialect), rest);

/** A function of Python's `operator` module as a test. */
function operator(
  name: string,
  body: (a: unknown, b: unknown, runtime: Runtime) => boolean,
): Filter {
  return (runtime, ...args) => {
    if (args.at(-1) instanceof Kwargs) throw typeError(`${name}() takes no keyword arguments`);
    if (args.length !== 2) throw typeError(`${name} expected 2 arguments, got ${args.length}`);
    return body(args[0], args[1], runtime);
  };
}

const ordering = (name: string, sign: Ordering): Filter =>
  operator(name, (a, b, { dialect }) => compare(sign, a, b, dialect));

function isIn(table: FilterTable, name: unknown): boolean {
  hashKey(name);
  const text = textOf(name);
  return text !== undefined && Object.hasOwn(table, text);
}

const eq = operator('eq', equals);
const ne = operator('ne', (a, b) => !equals(a, b));
const gt = ordering('gt', '>');
const ge = ordering('ge', '>=');
const lt = ordering('lt', '<');
const le = ordering('le', '<=');

/** Every test of Jinja2 3.1 (Template Designer Documentation, "List of Builtin Tests"). */
export const tests: FilterTable = Object.freeze(
  Object.assign(Object.create(null), {
    boolean: test('boolean', (value) => typeof value === 'boolean'),
    callable: builtin(
      'callable',
      (value) => value instanceof Callable || value instanceof Undefined,
    ),
    defined: test('defined', (value) => !(value instanceof Undefined)),
    divisibleby: filter(
      { name: 'test_divisibleby', params: ['value', 'num'], required: 2 },
      (runtime, value, divisor) => remainderIs(value, divisor, runtime, 0),
    ),
    escaped: test('escaped', (value) => value instanceof Markup),
    even: test('even', (value, runtime) => remainderIs(value, 2, runtime, 0)),
    false: test('false', (value) => value === false),
    filter: filter(
      { name: 'test_filter', params: ['value'], required: 1, hidden: 1 },
      ({ filters }, value) => isIn(filters, value),
    ),
    float: test('float', isFloat),
    in: filter({ name: 'test_in', params: ['value', 'seq'], required: 2 }, (_runtime, value, seq) =>
      contains(seq, value),
    ),
    integer: test('integer', (value) => isInt(value) && typeof value !== 'boolean'),
    iterable: test('iterable', isIterable),
    lower: test('lower', (value, { dialect }) => isLower(plain(str(value, dialect)))),
    mapping: test('mapping', isMapping),
    none: test('none', (value) => value === null),
    number: test('number', (value) => isInt(value) || isFloat(value)),
    odd: test('odd', (value, runtime) => remainderIs(value, 2, runtime, 1)),
    sameas: filter(
      { name: 'test_sameas', params: ['value', 'other'], required: 2 },
      (_runtime, value, other) => value === other,
    ),
    sequence: test('sequence', (value) =>
      lengthOf(value) !== undefined && !(value instanceof Generator || value instanceof DictView)),
    string: test('string', (value) => textOf(value) !== undefined),
    test: filter(
      { name: 'test_test', params: ['value'], required: 1, hidden: 1 },
      ({ tests: known }, value) => isIn(known, value),
    ),
    true: test('true', (value) => value === true),
    undefined: test('undefined', (value) => value instanceof Undefined),
    upper: test('upper', (value, { dialect }) => isUpper(plain(str(value, dialect)))),
    '==': eq,
    eq,
    equalto: eq,
    '!=': ne,
    ne,
    '>': gt,
    gt,
    greaterthan: gt,
    '>=': ge,
    ge,
    '<': lt,
    lt,
    lessthan: lt,
    '<=': le,
    le,
  }),
);
