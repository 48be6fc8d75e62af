import type { Chance } from './chance.ts';
import { NAMES } from './context.ts';
import {
  COMPARISONS,
  FORMATS,
  FORMATTED,
  INT_FROM_ANY,
  KEYS,
  LIST_FILTERS,
  LITERALS,
  LOOP,
  SLICES,
  SPECS,
  STR_FILTERS,
  STR_FROM_LIST,
  STR_METHODS,
  TESTS,
  TYPES,
  type Type,
} from './vocabulary.ts';

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
