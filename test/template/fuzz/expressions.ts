import type { Chance } from './chance.ts';
import { NAMES } from './context.ts';

export type Type = 'str' | 'int' | 'float' | 'bool' | 'list' | 'dict' | 'any';
const TYPES: readonly Type[] = ['str', 'int', 'float', 'bool', 'list', 'dict', 'any'];

const LITERALS: Readonly<Record<Type, readonly string[]>> = {
  str: [
    '""',
    '"a"',
    "'b'",
    '"x,y"',
    '"Hello World"',
    '"é"',
    '"it\'s"',
    '"%s-%d"',
    '"<i>"',
    '"a\\nb"',
    '"  p "',
    '"12"',
    '"😀"',
  ],
  int: ['0', '1', '2', '3', '7', '10', '-4', '100', '1_000', '0x1f', '99999999999999999999'],
  float: ['0.5', '1.0', '2.5', '-1.5', '1e3', '1e16', '3.14159', '0.1'],
  bool: ['true', 'false', 'True', 'False'],
  list: [
    '[]',
    '[1, 2, 3]',
    '["b", "a", "C"]',
    '(1, "x")',
    '[1, "a", none]',
    'range(4)|list',
    '[[1, 2], [3, 4]]',
    '[3, 1, 2]',
    '(1,)',
    '[1.5, 2]',
  ],
  dict: ['{}', '{"a": 1}', '{"b": [1], "a": "x"}', 'dict(a=1, b=none)', '{1: "one", "k": 2.5}'],
  any: ['none', 'nope', 'range(3)', 'none_'],
};

const STR_FILTERS = [
  'upper',
  'lower',
  'title',
  'capitalize',
  'trim',
  'e',
  'escape',
  'string',
  'striptags',
  'urlencode',
  'forceescape',
  'safe',
  're_escape',
  'reverse',
  'center(9)',
  'truncate(5)',
  'truncate(6, true, "..")',
  'truncate(4, true, "", 0)',
  'indent',
  'indent(2, true)',
  'wordwrap(5)',
  'replace("a", "o")',
  'replace("", "-", 2)',
  'default("d")',
  'default("d", true)',
  'format(1, 2)',
  'first',
  'last',
  'urlize',
  'pprint',
  'tojson',
  'join("-")',
  'trim("aH ")',
  'wordwrap(4, false)',
];
const STR_METHODS = [
  'upper()',
  'lower()',
  'title()',
  'capitalize()',
  'swapcase()',
  'strip()',
  'lstrip()',
  'rstrip("a")',
  'strip("ab ")',
  'zfill(6)',
  'center(7, "*")',
  'ljust(6)',
  'rjust(6, "0")',
  'replace("a", "b")',
  'replace("l", "L", 1)',
  'expandtabs()',
  'format(1, "x")',
  'casefold()',
  'removeprefix("a")',
  'removesuffix("c")',
  'encode()',
  'join(words)',
  'join(["x", "y"])',
];
const LIST_FILTERS = [
  'sort',
  'sort(reverse=true)',
  'sort(case_sensitive=true)',
  'unique|list',
  'reverse|list',
  'list',
  'batch(2)|list',
  'batch(3, "-")|list',
  'slice(2)|list',
  'slice(3, 0)|list',
  'map("string")|list',
  'map("upper")|list',
  'map("length")|list',
  'map("default", 0)|list',
  'select|list',
  'reject|list',
  'select("string")|list',
  'select("number")|list',
  'select("odd")|list',
  'select("gt", 1)|list',
  'reject("none")|list',
  'map("int")|list',
  'map("float", -1.0)|list',
  'map(attribute="name")|list',
  'map(attribute="a", default=9)|list',
  'selectattr("name")|list',
  'selectattr("path", "defined")|list',
  'rejectattr("a", "eq", 1)|list',
  'groupby("name")',
  'groupby("a", default=0)',
  'sort(attribute="name")',
  'map("tojson")|list',
  'map("first")|list',
  'map("abs")|list',
  'map("replace", "a", "b")|list',
  'default([])',
];
const STR_FROM_LIST = [
  'join',
  'join(",")',
  'join(", ", attribute="name")',
  'tojson',
  'string',
  'pprint',
  'map("string")|join("/")',
  'urlencode',
  'sort|join',
  'tojson(2)',
];
const TESTS = [
  'defined',
  'undefined',
  'none',
  'string',
  'number',
  'integer',
  'float',
  'boolean',
  'mapping',
  'iterable',
  'sequence',
  'callable',
  'true',
  'false',
  'odd',
  'even',
  'lower',
  'upper',
  'escaped',
  'divisibleby 3',
  'eq 1',
  'ne "a"',
  'gt 2',
  'in [1, 2, "a"]',
  'sameas none',
  'divisibleby(2)',
  'lt 1.5',
  'filter',
  'test',
];
const INT_FROM_ANY = [
  '|length',
  '|int',
  '|int(-1)',
  '|count',
  '|wordcount',
  '|sum',
  '|int(0, 16)',
  '|list|length',
  '|round|int',
  '|first|int',
];
/** printf-style conversions, and those of `format`, by the type that they are for. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  str: ['%s', '%-6s|', '%.3s', '%r', '%5s', '%a'],
  int: ['%d', '%5d|', '%05d', '%x', '%+d', '%i%%', '%o', '%s', '%-4d|', '% d', '%#x', '%X'],
  float: ['%.2f', '%e', '%g', '%8.3f', '%s', '%r', '%d', '%+.1f', '%G', '%010.2f'],
};
const SPECS: Readonly<Record<string, readonly string[]>> = {
  str: ['{}', '{:>6}', '{:<4}|', '{:^7}', '{!r}', '{!r:>9}', '{:*^9}', '{:.3}', '{:s}'],
  int: [
    '{:05d}',
    '{:,}',
    '{:+}',
    '{:x}',
    '{:_}',
    '{:#x}',
    '{:n}',
    '{:d}',
    '{:b}',
    '{:>6}',
    '{:e}',
    '{:.1f}',
    '{:08,}',
  ],
  float: [
    '{:.2f}',
    '{:e}',
    '{:%}',
    '{:g}',
    '{:08.3f}',
    '{:.3}',
    '{}',
    '{:,.1f}',
    '{:+.2e}',
    '{:>9}',
    '{:n}',
  ],
};
const FORMATTED = ['str', 'int', 'float'] as const;
const SLICES = ['0', '-1', '1', '5', ':2', '1:', '::-1', '::2', '-2:', '1:3', ':-1', '3:0:-1'];
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const KEYS = ['a', 'b', 'name', 'port', 'items', 'zz'];
const LOOP = [
  'index',
  'index0',
  'revindex',
  'revindex0',
  'first',
  'last',
  'length',
  'depth',
  'depth0',
  'previtem',
  'nextitem',
];

type Maker = () => string;

/** Random expressions: of a type mostly, so that most templates render, and of a wrong one now and then. */
export class Expressions {
  private readonly chance: Chance;
  /** Variables that the template has set so far. */
  readonly locals: string[] = [];
  /** How many loops the expression stands in. */
  loops = 0;

  constructor(chance: Chance) {
    this.chance = chance;
  }

  expression(type: Type, depth: number): string {
    const { chance } = this;
    if (chance.one(100)) return this.expression(chance.pick(TYPES), depth);
    if (depth <= 0) return this.leaf(type);
    if (chance.one(4)) return this.leaf(type);
    if (chance.one(15)) {
      return `(${this.expression(type, depth - 1)} if ${this.expression('bool', depth - 1)}${chance.one(4) ? '' : ` else ${this.expression(type, depth - 1)}`})`;
    }
    if (chance.one(20))
      return `(${this.expression(type, depth - 1)} ${chance.pick(['or', 'and'])} ${this.expression(type, depth - 1)})`;
    return chance.pick(this.makers(type, depth - 1))();
  }

  private leaf(type: Type): string {
    const { chance } = this;
    if (this.loops > 0 && chance.one(6)) return `loop.${chance.pick(LOOP)}`;
    if (this.locals.length > 0 && chance.one(4)) return chance.pick(this.locals);
    return chance.pick(chance.one(2) ? NAMES[type] : LITERALS[type]);
  }

  private makers(type: Type, depth: number): readonly Maker[] {
    switch (type) {
      case 'str':
        return this.texts(depth);
      case 'int':
        return this.integers(depth);
      case 'float':
        return this.floats(depth);
      case 'bool':
        return this.booleans(depth);
      case 'list':
        return this.lists(depth);
      case 'dict':
        return this.dicts(depth);
      default:
        return [
          ...this.accesses(depth),
          ...TYPES.map((other) => () => this.expression(other, depth)),
        ];
    }
  }

  private texts(depth: number): Maker[] {
    const { chance } = this;
    const str = (): string => this.operand('str', depth);
    const any = (): string => this.expression(chance.pick(TYPES), depth);
    return [
      () => `${str()}|${chance.pick(STR_FILTERS)}`,
      () => `${str()}|${chance.pick(STR_FILTERS)}`,
      () => `${str()}.${chance.pick(STR_METHODS)}`,
      () => `${str()}.${chance.pick(STR_METHODS)}`,
      () => `(${any()} ~ ${any()})`,
      () => `(${str()} + ${str()})`,
      () => `(${str()} * ${chance.pick(['0', '1', '3', '-1'])})`,
      () => `${str()}[${chance.pick(SLICES)}]`,
      () => `${this.operand('list', depth)}|${chance.pick(STR_FROM_LIST)}`,
      () => this.formatted(depth, ([format, value]) => `"${format}"|format(${value})`),
      () => this.formattedPair(depth),
      () => this.formatted(depth, ([format, value]) => `("${format}" % ${value})`),
      () => `("%(a)s|%(a)r" % dict(${this.operand('dict', depth)}, a=${any()}))`,
      () => this.specified(depth),
      () =>
        `"{0}${chance.pick(['', ' {1}', ' {a}', '{0[0]}', '{0[a]}', '{0.real}'])}".format(${any()}, ${any()}, a=${any()})`,
      () => `${this.operand(chance.pick(TYPES), depth)}|string`,
    ];
  }

  private conversion(depth: number): readonly [format: string, value: string] {
    const type = this.chance.pick(FORMATTED);
    return [this.chance.pick(FORMATS[type] ?? []), this.operand(type, depth)];
  }

  private formatted(
    depth: number,
    write: (parts: readonly [format: string, value: string]) => string,
  ): string {
    return write(this.conversion(depth));
  }

  private formattedPair(depth: number): string {
    const [format, value] = this.conversion(depth);
    const [other, second] = this.conversion(depth);
    return `("${format} ${other}" % (${value}, ${second}))`;
  }

  private specified(depth: number): string {
    const type = this.chance.pick(FORMATTED);
    return `"${this.chance.pick(SPECS[type] ?? [])}".format(${this.expression(type, depth)})`;
  }

  private integers(depth: number): Maker[] {
    const { chance } = this;
    const int = (): string => this.expression('int', depth);
    return [
      () => `(${int()} ${chance.pick(['+', '-', '*', '//', '%'])} ${int()})`,
      () => `(${int()} ${chance.pick(['+', '-', '//', '%'])} ${int()})`,
      () => `(${int()} ** ${chance.pick(['0', '1', '2', '3'])})`,
      () => `-${this.operand('int', depth)}`,
      () => `${this.operand(chance.pick(TYPES), depth)}${chance.pick(INT_FROM_ANY)}`,
      () =>
        `${this.operand('list', depth)}|${chance.pick(['length', 'sum', 'first', 'last', 'min', 'max', 'count'])}`,
      () =>
        `${this.operand('str', depth)}.${chance.pick(['find("a")', 'count("l")', 'rfind("b")'])}`,
      () => `${this.operand('list', depth)}.${chance.pick(['count(1)'])}`,
      () => `${this.operand('int', depth)}|abs`,
      () => `(${int()} + ${int()} * ${int()} - ${int()})`,
    ];
  }

  private floats(depth: number): Maker[] {
    const { chance } = this;
    const number = (): string => this.expression(chance.pick(['int', 'float']), depth);
    return [
      () => `(${number()} / ${number()})`,
      () =>
        `(${number()} ${chance.pick(['+', '-', '*', '//', '%'])} ${this.expression('float', depth)})`,
      () => `${this.operand(chance.pick(['float', 'int', 'str']), depth)}|float`,
      () =>
        `${this.operand(chance.pick(['float', 'int']), depth)}|round${chance.pick(['', '(1)', '(2)', '(0, "floor")', '(1, "ceil")', '(-1)'])}`,
      () => `-${this.operand('float', depth)}`,
      () => `${this.operand('list', depth)}|sum`,
    ];
  }

  private booleans(depth: number): Maker[] {
    const { chance } = this;
    const any = (): string => this.expression(chance.pick(TYPES), depth);
    const same = (): string => {
      const type = chance.pick(TYPES);
      const hasOrder = ['str', 'int', 'float', 'bool'].includes(type) || chance.one(10);
      const operator = chance.pick(hasOrder ? COMPARISONS : COMPARISONS.slice(0, 2));
      return `(${this.expression(type, depth)} ${operator} ${this.expression(type, depth)})`;
    };
    return [
      same,
      same,
      () => `(${any()} in ${this.expression(chance.pick(['list', 'dict', 'str']), depth)})`,
      () => `(not ${any()})`,
      () => `(${any()} and ${any()})`,
      () => `(${any()} or ${any()})`,
      () =>
        `(${this.operand(chance.pick(TYPES), depth)} is ${chance.one(4) ? 'not ' : ''}${chance.pick(TESTS)})`,
      () =>
        `(${this.expression('int', depth)} < ${this.expression('int', depth)} <= ${this.expression('int', depth)})`,
      () =>
        `${this.operand('str', depth)}.${chance.pick(['startswith("a")', 'endswith(("c", "d"))', 'isdigit()', 'isalpha()', 'isupper()', 'islower()', 'isspace()', 'istitle()'])}`,
    ];
  }

  private lists(depth: number): Maker[] {
    const { chance } = this;
    const list = (): string => this.operand('list', depth);
    const any = (): string => this.expression(chance.pick(TYPES), depth);
    return [
      () => `${list()}|${chance.pick(LIST_FILTERS)}`,
      () => `${list()}|${chance.pick(LIST_FILTERS)}`,
      () => `${list()}|${chance.pick(LIST_FILTERS)}`,
      () => `(${list()} + ${list()})`,
      () => `${list()}[${chance.pick(SLICES.filter((slice) => slice.includes(':')))}]`,
      () => `[${chance.many(0, 3, any).join(', ')}]`,
      () => `(${any()}, ${any()})`,
      () =>
        `${this.operand('str', depth)}.${chance.pick(['split()', 'split(",")', 'rsplit("a", 1)', 'splitlines()', 'partition("-")', 'rpartition("l")', 'split(" ", 1)'])}`,
      () =>
        `${this.operand('dict', depth)}.${chance.pick(['keys()', 'values()', 'items()', 'iteritems()|list', 'itervalues()|list'])}`,
      () =>
        `${this.operand('dict', depth)}|${chance.pick(['dictsort', 'dictsort(by="value")', 'items|list', 'list', 'dictsort(true, reverse=true)'])}`,
      () => `range(${chance.pick(['0', '3', '1, 4', '5, 0, -2', 'ints|length'])})|list`,
      () => `(${list()} * ${chance.pick(['0', '2'])})`,
      () => `${this.operand('str', depth)}|list`,
    ];
  }

  private dicts(depth: number): Maker[] {
    const { chance } = this;
    const any = (): string => this.expression(chance.pick(TYPES), depth);
    return [
      () => `{"a": ${any()}, ${chance.pick(['"b"', '1', 's', '(1, 2)', 'none'])}: ${any()}}`,
      () => `dict(${this.operand('dict', depth)}, k=${any()})`,
      () => `dict(a=${any()})`,
      () => `${this.operand('dict', depth)}.copy()`,
      () => `services[${chance.pick(['0', '-1'])}]`,
      () => 'services[0].pods',
    ];
  }

  private accesses(depth: number): Maker[] {
    const { chance } = this;
    const any = (): string => this.expression(chance.pick(TYPES), depth);
    return [
      () => `${this.operand('dict', depth)}.${chance.pick(KEYS.filter((key) => key !== 'items'))}`,
      () => `${this.operand('dict', depth)}[${chance.one(2) ? `"${chance.pick(KEYS)}"` : any()}]`,
      () => `${this.operand('dict', depth)}.get(${any()}${chance.one(2) ? `, ${any()}` : ''})`,
      () => `${this.operand('list', depth)}[${chance.pick(['0', '-1', '1', '9'])}]`,
      () => `${this.operand('list', depth)}|${chance.pick(['first', 'last', 'min', 'max'])}`,
      () => `${this.operand('any', depth)}.${chance.pick(KEYS.filter((key) => key !== 'items'))}`,
      () =>
        `${this.operand('any', depth)}|attr("${chance.pick(KEYS.filter((key) => key !== 'items'))}")`,
      () => `${this.operand('any', depth)}|default(${any()})`,
      () =>
        `(services|first).${chance.pick(['name', 'ports', 'hostnames', 'path', 'pods.pa.status.podIP', 'zz.y'])}`,
    ];
  }

  /** An expression that a filter, a method or an operator can follow. */
  private operand(type: Type, depth: number): string {
    const text = this.expression(type, depth);
    return /^[a-z_]+$|^"[^"]*"$|^\[[^\]]*\]$|^\(.*\)$/i.test(text) && !text.startsWith('(')
      ? text
      : `(${text})`;
  }
}
