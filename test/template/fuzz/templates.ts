import type { Chance } from './chance.ts';
import { Expressions } from './expressions.ts';
import type { Type } from './vocabulary.ts';

const TEXTS = ['', ' ', 'x', '\n', 'text ', ' {\n', 'a\n  b', '<', '%}', '\t', '#', '-'];
const TYPES: readonly Type[] = ['str', 'str', 'int', 'float', 'bool', 'list', 'dict', 'any'];

/** Templates that the others include and import. */
export const TEMPLATES: Readonly<Record<string, string>> = {
  inc: '[{{ s }}{{ q|default("-") }}]',
  lib: '{% macro m(a, b=2) %}<{{ a }}{{ b }}{{ s }}>{% endmacro %}{% set lv = 5 %}',
  base: '{% block one %}1{{ s }}{% endblock %}|{% block two %}2{% endblock %}',
};

/** A random template of the whole language. */
export class Templates {
  private readonly chance: Chance;
  private readonly expressions: Expressions;
  private names = 0;

  constructor(chance: Chance) {
    this.chance = chance;
    this.expressions = new Expressions(chance);
  }

  template(): string {
    const { chance } = this;
    const body = chance.many(1, 4, () => this.node(3)).join('');
    if (!chance.one(25)) return body;
    return `{% extends "base" %}{% block ${chance.pick(['one', 'two'])} %}${chance.one(2) ? '{{ super() }}' : ''}${body}{% endblock %}`;
  }

  private expression(type: Type = this.chance.pick(TYPES)): string {
    return this.expressions.expression(type, 1 + this.chance.below(3));
  }

  /** `{%` and `%}` with the marks that eat white space, sometimes. */
  private tag(inner: string): string {
    const { chance } = this;
    return `{%${chance.one(8) ? '-' : ''} ${inner} ${chance.one(8) ? '-' : ''}%}`;
  }

  private print(): string {
    const { chance } = this;
    return `{{${chance.one(10) ? '-' : ''} ${this.expression()} ${chance.one(10) ? '-' : ''}}}`;
  }

  private name(): string {
    this.names += 1;
    return `z${this.names}`;
  }

  /** What `make` writes, with a variable that exists only there. */
  private within(names: readonly string[], make: () => string): string {
    const { locals } = this.expressions;
    const before = locals.length;
    locals.push(...names);
    const text = make();
    locals.length = before;
    return text;
  }

  private body(depth: number): string {
    return this.chance.many(0, 3, () => this.node(depth)).join('');
  }

  private node(depth: number): string {
    const { chance } = this;
    const text = chance.pick(TEXTS);
    if (depth <= 0 || chance.one(2)) return text + this.print();
    const kinds = [
      () => this.if(depth - 1),
      () => this.for(depth - 1),
      () => this.for(depth - 1),
      () => this.set(),
      () => this.setBlock(depth - 1),
      () => this.macro(depth - 1),
      () => this.with(depth - 1),
      () => this.filter(depth - 1),
      () => this.namespace(),
      () => this.other(),
      () => this.mutation(),
    ];
    return text + chance.pick(kinds)();
  }

  private if(depth: number): string {
    const { chance } = this;
    const elif = chance.one(3)
      ? this.tag(`elif ${this.expression('bool')}`) + this.body(depth)
      : '';
    const other = chance.one(2) ? this.tag('else') + this.body(depth) : '';
    return `${this.tag(`if ${this.expression(chance.one(2) ? 'bool' : 'any')}`)}${this.body(depth)}${elif}${other}${this.tag('endif')}`;
  }

  private for(depth: number): string {
    const { chance } = this;
    const isPair = chance.one(5);
    const names = isPair ? [this.name(), this.name()] : [this.name()];
    const source = isPair
      ? `${chance.pick(['d', 'e', '{"q": 1, "r": [2]}', 'services[0].pods'])}.${chance.pick(['items()', 'iteritems()'])}`
      : this.expression(chance.pick(['list', 'list', 'str', 'dict']));
    const condition = chance.one(4)
      ? this.within(names, () => ` if ${this.expressions.expression('bool', 1)}`)
      : '';
    this.expressions.loops += 1;
    const body = this.within(names, () => this.print() + this.body(depth));
    this.expressions.loops -= 1;
    const other = chance.one(4) ? this.tag('else') + this.body(depth) : '';
    return `${this.tag(`for ${names.join(', ')} in ${source}${condition}`)}${body}${other}${this.tag('endfor')}`;
  }

  private set(): string {
    const value = this.expression();
    const name = this.chance.one(4) ? this.chance.pick(['s', 'i', 'ints']) : this.name();
    if (name.startsWith('z')) this.expressions.locals.push(name);
    return `${this.tag(`set ${name} = ${value}`)}{{ ${name} }}`;
  }

  private setBlock(depth: number): string {
    const name = this.name();
    const filter = this.chance.pick(['', '|upper', '|trim', '|length']);
    const text = `${this.tag(`set ${name}${filter}`)}${this.body(depth)}${this.tag('endset')}`;
    this.expressions.locals.push(name);
    return `${text}{{ ${name} }}`;
  }

  private macro(depth: number): string {
    const { chance } = this;
    const [name, a, b] = [this.name(), this.name(), this.name()];
    const loops = this.expressions.loops;
    this.expressions.loops = 0;
    const hasCaller = chance.one(3);
    const body = this.within([a, b], () => `${this.print()}${this.body(depth)}`);
    this.expressions.loops = loops;
    const definition = `${this.tag(`macro ${name}(${a}, ${b}=${this.expressions.expression('any', 1)})`)}${body}${hasCaller ? '{{ caller() }}' : ''}${this.tag('endmacro')}`;
    const call = `${name}(${this.expression()}${chance.pick(['', `, ${this.expression()}`, `, ${b}=${this.expression()}`])})`;
    if (!hasCaller) return `${definition}{{ ${call} }}`;
    return `${definition}${this.tag(`call ${call}`)}${this.body(depth)}${this.tag('endcall')}`;
  }

  private with(depth: number): string {
    const name = this.name();
    const value = this.expression();
    const body = this.within([name], () => this.print() + this.body(depth));
    return `${this.tag(`with ${name} = ${value}`)}${body}${this.tag('endwith')}`;
  }

  private filter(depth: number): string {
    const name = this.chance.pick([
      'upper',
      'trim',
      'title',
      'replace("a", "b")',
      'indent(2)',
      'e',
      'reverse',
      'truncate(9)',
      'center(20)',
    ]);
    return `${this.tag(`filter ${name}`)}${this.body(depth)}${this.tag('endfilter')}`;
  }

  private namespace(): string {
    const name = this.name();
    return `${this.tag(`set ${name} = namespace(c=${this.expression()})`)}${this.tag(`for q in ${this.expression('list')}`)}${this.tag(`set ${name}.c = ${name}.c ${this.chance.pick(['~ q', '~ 1', 'or q'])}`)}${this.tag('endfor')}{{ ${name}.c }}`;
  }

  private mutation(): string {
    const name = this.name();
    const [initial, change] = this.chance.pick([
      ['[]', 'append(1)'],
      ['[3, 1, 2]', 'sort()'],
      ['[1, 2]', 'pop()'],
      ['["a"]', 'extend(words)'],
      ['{}', 'update(a=1)'],
      ['{"a": 1}', 'pop("a")'],
      ['{"a": 1}', 'setdefault("b", 2)'],
      ['[1, 2]', 'insert(0, "x")'],
      ['[1, 2, 1]', 'remove(1)'],
    ] as const);
    return `${this.tag(`set ${name} = ${initial}`)}{{ ${name}.${change} }}{{ ${name} }}`;
  }

  private other(): string {
    return this.chance.pick([
      '{# comment #}',
      '{% raw %}{{ x }}{% endraw %}',
      '{% include "inc" %}',
      '{% include "missing" ignore missing %}',
      '{% import "lib" as lib %}{{ lib.m(1) }}{{ lib.lv }}',
      '{% from "lib" import m with context %}{{ m(s, b=i) }}',
      '{% set cy = cycler("o", "e") %}{{ cy.next() }}{{ cy.next() }}{{ cy.current }}',
      '{% set jo = joiner() %}{{ jo() }}{{ jo() }}',
      '{% autoescape true %}{{ s }}{{ s|e }}{{ s|safe }}{{ words|join(s) }}{{ s ~ t|safe }}{% endautoescape %}',
      '{% for svc in services recursive %}{{ svc.name }}{{ loop.depth }}{% endfor %}',
      '{% for svc in services %}{% for pod in svc.pods.itervalues() if pod.status.podIP %}{{ "%d_%d" % (loop.index, loop.length) }}{{ pod.status.podIP }}\n{% endfor %}{% endfor %}',
      '{% for svc in services %}{% set outer = loop %}{% for h in svc.hostnames %}{{ outer.index }}{{ h|re_escape }}{{ h.startswith("^") }}{{ h[1:] }}{{ "path" in svc }}{% endfor %}{% endfor %}',
      '{% for x in ints %}{{ loop.cycle("a", "b") }}{{ loop.changed(x) }}{% endfor %}',
    ]);
  }
}
