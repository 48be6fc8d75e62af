/** Templates that would run, grow or nest without bound end as errors with a place, soon. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TemplateError } from '../../functions/template/index.ts';
import { errorOf, outcome } from './outcome.ts';

const GROW = (step: string, start = "'a'"): string =>
  `{% set ns = namespace(s=${start}) %}{% for i in range(100) %}${step}{% endfor %}{{ ns.s|length }}`;

const UNBOUNDED: Readonly<Record<string, string>> = {
  'a range beyond 100,000': '{{ range(100001)|list }}',
  'loops within loops':
    '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}',
  'a list that grows while it is looped over':
    '{% set l = [1] %}{% for x in l %}{% set _ = l.append(1) %}{% endfor %}',
  'a repeated text': "{{ 'a' * 1000000000 }}",
  'a repeated list': '{{ [1] * 1000000000 }}',
  'padding by %': "{{ '%1000000000d' % 1 }}",
  'padding by format': "{{ '{:1000000000}'.format(1) }}",
  'padding by ljust': "{{ 'x'.ljust(1000000000) }}",
  'padding by center': "{{ 'x'|center(1000000000) }}",
  'a power': '{{ 10 ** 100000000 }}',
  'powers of powers': '{{ 9 ** (9 ** 9) }}',
  'a product that squares': GROW('{% set ns.s = ns.s * ns.s %}', '3'),
  'a text that doubles by ~': GROW('{% set ns.s = ns.s ~ ns.s %}'),
  'a text that doubles by a set block': GROW('{% set ns.s %}{{ ns.s }}{{ ns.s }}{% endset %}'),
  'a text that doubles by %': GROW("{% set ns.s = '%s%s' % (ns.s, ns.s) %}"),
  'a text that doubles by format': GROW("{% set ns.s = '{0}{0}'.format(ns.s) %}"),
  'a text that doubles by replace': GROW("{% set ns.s = ns.s|replace('a', 'aa') %}"),
  'a text that doubles by join': GROW('{% set ns.s = [ns.s, ns.s]|join %}'),
  'a list that doubles': GROW('{% set ns.s = ns.s + ns.s %}', '[1]'),
  'a macro that calls itself': '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
  'a block that renders itself': '{% block b %}{{ self.b() }}{% endblock %}',
  'a loop that recurses': '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}',
  'a template that includes itself': "{% include 'includes' %}",
  'a template that imports itself': "{% import 'imports' as i %}",
  'a template that extends itself': "{% extends 'extends' %}",
  'lists within lists, printed':
    '{% set ns = namespace(s=[]) %}{% for i in range(50000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}',
  output: "{% for i in range(100000) %}{{ 'a' * 1000 }}{% endfor %}",
  'lorem ipsum': '{{ lipsum(n=1000000) }}',
  batches: '{{ [1]|batch(100000000, 0)|list|length }}',
};

const templates = {
  includes: "{% include 'includes' %}",
  imports: "{% import 'imports' as i %}",
  extends: "{% extends 'extends' %}",
};

for (const [what, source] of Object.entries(UNBOUNDED)) {
  test(`bounded: ${what}`, () => {
    const start = performance.now();
    const error = errorOf(source, {}, { templates, limits: { steps: 2_000_000 } });
    assert.equal(error.code, 'template-limit', `${error.type}: ${error.message}`);
    assert.equal(error.line, 1);
    assert.ok(performance.now() - start < 30_000);
  });
}

test('the bounds can be set', () => {
  const limited = { limits: { output: 10, steps: 5 } };
  assert.equal(outcome('0123456789', {}, limited), '0123456789');
  assert.match(errorOf('0123456789x', {}, limited).message, /more than 10 characters of output/);
  assert.equal(outcome('{% for x in range(3) %}.{% endfor %}', {}, limited), '...');
  assert.match(
    errorOf('{% for x in range(9) %}.{% endfor %}', {}, limited).message,
    /more than 5 rounds/,
  );
});

const nested = (open: string, close: string, count: number): string =>
  open.repeat(count) + close.repeat(count);

const NESTED: Readonly<Record<string, string>> = {
  parentheses: `{{ ${nested('(', ')', 5000)} }}`,
  lists: `{{ ${nested('[', ']', 5000)} }}`,
  'an unclosed list': `{{ ${'['.repeat(100_000)}`,
  signs: `{{ ${'-'.repeat(50_000)}1 }}`,
  nots: `{{ ${'not '.repeat(50_000)}1 }}`,
  sums: `{{ 1${' + 1'.repeat(50_000)} }}`,
  ors: `{{ 1${' or 1'.repeat(50_000)} }}`,
  attributes: `{{ a${'.b'.repeat(50_000)} }}`,
  filters: `{{ a${'|upper'.repeat(50_000)} }}`,
  conditions: `{{ 1${' if 1 else 2'.repeat(50_000)} }}`,
  comparisons: `{{ 1${' < 2'.repeat(50_000)} }}`,
  blocks: `${'{% if 1 %}'.repeat(5000)}${'{% endif %}'.repeat(5000)}`,
};

for (const [what, source] of Object.entries(NESTED)) {
  test(`deeply nested ${what} compile, or are refused with a place`, () => {
    const result = outcome(source);
    if (!(result instanceof TemplateError)) return;
    assert.notEqual(result.type, 'SystemError', result.message);
    assert.equal(result.line, 1);
  });
}
