/**
 * Templates are code to nunjucks. Every road from a template to JavaScript's own objects that we could think of, tried
 * with every kind of value: none of them arrives.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TemplateError } from '../../functions/template/index.ts';
import { oneOf } from '../kit/full-size.ts';
import { outcome } from './outcome.ts';

class Secret {
  readonly #secret = 'REACHED';
  method(): string {
    return this.#secret;
  }
}

const context = (): Record<string, unknown> => ({
  xs: [1],
  d: { a: 1 },
  map: new Map([['a', 1]]),
  big: 2n ** 70n,
  date: new Date(0),
  fn: () => 'REACHED',
  instance: new Secret(),
  error: new Error('REACHED'),
  symbol: Symbol('REACHED'),
});

const VALUES = [
  "'a'",
  '1',
  'none',
  '[]',
  '{}',
  "{'a': 1}",
  'range(3)',
  'range',
  'dict',
  "cycler('a')",
  'namespace(a=1)',
  'm',
  'loop',
  'self.b',
  'nope',
  'xs',
  'd',
  'map',
  'fn',
  'instance',
  'error',
  "''|safe",
  "[1]|map('string')",
  '[1]|groupby(0)|first',
  "''.join",
  'd.items',
];

const NAMES = [
  'constructor',
  '__proto__',
  'prototype',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'apply',
  'call',
  'caller',
  'arguments',
  'method',
  '__class__',
  '__init__',
  '__globals__',
  '__self__',
  'env',
  'context',
  'state',
];

const ROADS: Readonly<Record<string, (value: string, name: string) => string>> = {
  'an attribute': (value, name) => `{{ (${value}).${name} }}`,
  'a subscript': (value, name) => `{{ (${value})['${name}'] }}`,
  'a computed key': (value, name) => `{{ (${value})['${name.slice(0, 3)}' ~ '${name.slice(3)}'] }}`,
  'the attr filter': (value, name) => `{{ (${value})|attr('${name}') }}`,
  'map(attribute=)': (value, name) => `{{ [${value}]|map(attribute='${name}')|list }}`,
  'sort(attribute=)': (value, name) => `{{ [${value}]|sort(attribute='${name}')|length }}`,
  'sum(attribute=)': (value, name) => `{{ [${value}]|sum(attribute='${name}') }}`,
  groupby: (value, name) => `{{ [${value}]|groupby('${name}') }}`,
  selectattr: (value, name) => `{{ [${value}]|selectattr('${name}')|map('string')|list }}`,
  'a call': (value, name) => `{{ (${value}).${name}('return process')() }}`,
  'a set call': (value, name) => `{% set c = (${value}).${name}() %}{{ c }}{{ c.env }}`,
  'its constructor': (value, name) => `{{ (${value}).${name}.constructor('return process')() }}`,
  'format by attribute': (value, name) => `{{ '{0.${name}}'.format(${value}) }}`,
  'format by subscript': (value, name) => `{{ '{0[${name}]}'.format(${value}) }}`,
  format_map: (value, name) => `{{ '{${name}}'.format_map(${value}) }}`,
  'a % format': (value, name) => `{{ '%(${name})s' % (${value}) }}`,
  'a spread': (value, name) => `{{ m(*(${value}).${name}) }}`,
};

/** What JavaScript's own objects look like when printed. Python's classes and functions look otherwise. */
const JAVASCRIPT = /REACHED|\[object|native code|=>|function \(|class \w+ [{e]/;

function assertContained(source: string): void {
  const wrapped = `{% macro m(a) %}{{ a }}{% endmacro %}{% block b %}{% for i in [1] %}${source}{% endfor %}{% endblock %}`;
  const result = outcome(wrapped, context());
  if (result instanceof TemplateError)
    assert.notEqual(result.type, 'SystemError', `${source}\n${result.message}`);
  else assert.doesNotMatch(result, JAVASCRIPT, source);
}

/** Each way from another name on: in `npm test`, too, every value meets every name on some way. */
Object.entries(ROADS).forEach(([road, write], first) => {
  test(`no JavaScript by way of ${road}`, () => {
    const all = VALUES.flatMap((value) => NAMES.map((name) => write(value, name)));
    oneOf(5, all, first).forEach(assertContained);
  });
});

const GLOBAL_NAMES = [
  ...NAMES,
  'process',
  'globalThis',
  'require',
  'module',
  'eval',
  'Function',
  'Reflect',
  'output',
  'p',
  'root',
  'runtime',
  'frame',
  'cb',
];

test('names of JavaScript and of generated code are undefined, and can be set like any other', () => {
  for (const name of GLOBAL_NAMES.filter((known) => known !== '__class__')) {
    assert.equal(outcome(`{{ ${name} is defined }}`), 'False', name);
    assert.equal(outcome(`{% set ${name} = 1 %}{{ ${name} }}`), '1', name);
    assert.equal(outcome(`{% for ${name} in [1] %}{{ ${name} }}{% endfor %}`), '1', name);
    assert.equal(outcome(`{% macro ${name}(a) %}{{ a }}{% endmacro %}{{ ${name}(1) }}`), '1', name);
    assert.equal(outcome(`{% set ns = namespace(${name}=1) %}{{ ns.${name} }}`), '1', name);
    assert.equal(outcome(`{% block ${name} %}1{% endblock %}`), '1', name);
  }
});

test("nunjucks's own escape, by a method of Object.prototype as a name, finds nothing", () => {
  for (const source of [
    '{% set c = valueOf() %}{{ c.env.loaders }}',
    '{{ toString() }}',
    '{{ hasOwnProperty("a") }}',
  ]) {
    const result = outcome(source);
    assert.ok(result instanceof TemplateError);
    assert.equal(result.code, 'template-undefined');
  }
});

test('text of a template never becomes code', () => {
  const texts = [
    `\`$\{process.exit(1)}\``,
    '"+process.exit(1)+"',
    '\\"+process.exit(1)//',
    '\u2028process.exit(1)',
    '*/process.exit(1)/*',
    '\\u0022);process.exit(1)//',
    '\0',
    '\r\nprocess.exit(1)',
    `$\{process.exit(1)}`,
  ];
  for (const text of texts) {
    assert.equal(outcome(`x${text}`), `x${text.replace('\r\n', '\n')}`);
    const quoted = text.replace(/[\\'\r]/g, '');
    assert.equal(outcome(`{{ '${quoted}' }}`), quoted);
    assert.equal(outcome(`{{ {'${quoted}': 1}['${quoted}'] }}`), '1');
    assert.equal(outcome(`{{ '${quoted}%s' % (1,) }}`), `${quoted}1`);
    assert.equal(
      outcome(`{{ d['${quoted}'].x|default('-') }}`, { d: {} }).toString().includes('exit(0)'),
      false,
    );
    const named = outcome('{{ a.b }}', {}, { name: text });
    assert.ok(named instanceof TemplateError);
    assert.equal(named.template, text);
  }
});

test('other templates come from the given ones alone: no file, no inherited property', () => {
  for (const name of [
    '/etc/passwd',
    '../../package.json',
    'constructor',
    '__proto__',
    'toString',
  ]) {
    const result = outcome(`{% include '${name}' %}`, {}, { templates: { a: 'A' } });
    assert.ok(result instanceof TemplateError);
    assert.equal(result.code, 'template-not-found');
  }
});
