import type { Chance } from './chance.ts';

/** Random texts of JSON, with all that readers of JSON do not agree on, and templates that show what was read. */
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '7',
  '80',
  '1.0',
  '-0.0',
  '2.50',
  '1e2',
  '1E+2',
  '12e-1',
  '1.5e300',
  '-1.5e-300',
  '5e-324',
  '1e400',
  '-1e400',
  '1e16',
  '1e15',
  '123456789012345680.0',
  '0.1',
  '0.30000000000000004',
  '1e-5',
  '0.0001',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '18446744073709551616',
  '12345678901234567890',
  '123456789012345678901234567890',
  'NaN',
  'Infinity',
  '-Infinity',
];
const STRINGS = [
  '""',
  '"a"',
  '"é"',
  '"\\u00e9\\ud83d\\ude00"',
  '"1.0"',
  '"\\"\\\\\\/\\n"',
  '"a b"',
];
const KEYS = [
  '"a"',
  '"b"',
  '"items"',
  '"8080"',
  '"443"',
  '"10"',
  '"9"',
  '"0"',
  '"01"',
  '"-1"',
  '"1.0"',
  '"\\u0031"',
  '"1\\u0030"',
  '"4294967295"',
  '"18446744073709551616"',
  '"__proto__"',
  '"constructor"',
  '"\\u005f_proto__"',
  '""',
  '"é"',
  '"x y"',
];

/** What is done with documents `x` and `y`. */
const TEMPLATES = [
  '{{ x }}',
  '{% for k, v in x.items() %}{{ k }}={{ v }};{% endfor %}',
  '{% for k in x %}{{ loop.index }}{{ k }}{{ x[k] }};{% endfor %}',
  '{{ x|tojson }}',
  '{{ x|tojson(2) }}',
  '{{ x|pprint }}',
  '{{ x.keys() }}{{ x.values() }}{{ x.items() }}',
  '{{ x.keys() == y.keys() }}{{ x.items() == y.items() }}',
  '{{ x["8080"] }}|{{ x.a }}|{{ x["10"]|default("-") }}|{{ "9" in x }}',
  '{{ x|dictsort }}',
  '{{ x|length }}{{ x|list }}{{ x|first }}{{ x|last }}',
  '{{ x|sort }}',
  '{{ x|unique|list }}{{ x|join(",") }}',
  '{{ x == y }}{{ x != y }}{{ x in [y] }}',
  '{{ x is float }}{{ x is integer }}{{ x is number }}{{ x is mapping }}{{ x is sequence }}',
  '{{ x|int }}',
  '{{ x|float }}',
  '{{ x|round(1) }}',
  '{{ x|abs }}',
  '{{ "%s|%r"|format(x, y) }}{{ "{}".format(x) }}',
  '{{ "%d"|format(x) }}',
  '{{ "%.3f %e %g"|format(x, x, x) }}',
  '{{ [x, y] }}{{ (x, y) }}{{ x ~ y }}{{ x|string|length }}',
  '{{ {"k": x, "l": [y]} }}',
  '{{ {x: 1, y: 2} }}',
  '{{ [x, y]|max }}{{ [x, y]|min }}',
  '{{ [x, y]|sum }}',
  '{{ -x }}{{ +x }}',
  '{{ x and y }}{{ x or y }}{{ not x }}',
] as const;
const OPERATORS = ['+', '-', '*', '/', '//', '%', '<', '<=', '>', '>=', '==', '!='];

export class Documents {
  private readonly chance: Chance;

  constructor(chance: Chance) {
    this.chance = chance;
  }

  private blank(): string {
    return this.chance.one(6) ? this.chance.pick([' ', '\n', '\t', '\r\n ']) : '';
  }

  private number(): string {
    const { chance } = this;
    if (!chance.one(3)) return chance.pick(NUMBERS);
    const digits = chance.many(1, 22, () => chance.below(10)).join('');
    const int = `${chance.one(3) ? '-' : ''}${digits.replace(/^0+(?=.)/, '')}`;
    if (chance.one(2)) return int;
    return `${int}${chance.pick(['.0', '.5', '.125', '', '.3'])}${chance.pick(['e0', 'e5', 'E-7', 'e+20'])}`;
  }

  private scalar(): string {
    const { chance } = this;
    switch (chance.below(5)) {
      case 0:
        return chance.pick(['true', 'false', 'null']);
      case 1:
        return chance.pick(STRINGS);
      default:
        return this.number();
    }
  }

  private dict(depth: number): string {
    const members = this.chance.many(
      0,
      5,
      () =>
        `${this.blank()}${this.chance.pick(KEYS)}${this.blank()}:${this.blank()}${this.value(depth - 1)}`,
    );
    return `{${members.join(',')}${this.blank()}}`;
  }

  private list(depth: number): string {
    const items = this.chance.many(0, 5, () => `${this.blank()}${this.value(depth - 1)}`);
    return `[${items.join(',')}${this.blank()}]`;
  }

  private value(depth: number): string {
    const kind = depth > 0 ? this.chance.below(3) : 2;
    if (kind === 0) return this.dict(depth);
    return kind === 1 ? this.list(depth) : this.scalar();
  }

  /** A template, and the text of its context. */
  question(): { readonly template: string; readonly json: string } {
    const { chance } = this;
    if (chance.one(3)) {
      const operator = chance.pick(OPERATORS);
      const template = `{{ x ${operator} y }}`;
      // A text that is repeated a million times tells nothing but limits.
      const pick = () => (operator !== '*' && chance.one(5) ? this.value(2) : this.number());
      return { template, json: `{"x":${pick()},"y":${pick()}}` };
    }
    const template = chance.pick(TEMPLATES);
    const isOfDict = /items|keys|for|\[|dictsort/.test(template) && !chance.one(8);
    const x = isOfDict ? this.dict(3) : this.value(chance.below(4));
    const y = chance.one(3) ? x : this.value(chance.below(3));
    return { template, json: `{"x":${x},"y":${y}}` };
  }
}
