import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../functions/template/index.ts';

const GIVEN = ['services', 'params'];

/** The unknown names of a template, each with the place where it is read first. */
function unknownIn(source: string, templates: Readonly<Record<string, string>> = {}) {
  const template = compile(source, { name: 'template', templates: (name) => templates[name] });
  template.render({ services: [], params: {} });
  return template
    .unknownNames(GIVEN)
    .map(({ name, template: key, line, column, hint }) => [name, key, line, column, hint]);
}

test('a name that nothing gives a value is told once, with its place and what was meant', () => {
  assert.deepEqual(unknownIn('{% for s in servces %}{% endfor %}\n{{ servces }} {{ other }}'), [
    ['servces', 'template', 1, 13, 'did you mean services?'],
    ['other', 'template', 2, 18, undefined],
  ]);
});

test('what templates give each other is known, wherever it holds', () => {
  const known = [
    '{{ services }}{{ params.zone }}{{ range(3) }}{{ namespace(x=1).x }}',
    '{% set a = 1 %}{{ a }}{% set b %}{% endset %}{{ b }}{% set c, (d, e) = 1, (2, 3) %}{{ c + d + e }}',
    '{% for k, v in params.items() %}{{ k }}{{ v }}{{ loop.index }}{% endfor %}',
    '{% for s in services recursive %}{{ loop(s) }}{% endfor %}',
    '{% macro m(x, y=services) %}{{ x }}{{ y }}{{ varargs }}{{ kwargs }}{{ caller() }}{% endmacro %}{% call(z) m(1) %}{{ z }}{% endcall %}',
    '{% with p = 1, q = 2 %}{{ p + q }}{% endwith %}',
    '{% block top %}{{ super }}{% endblock %}{{ self }}',
    '{% set ns = namespace(n=0) %}{% set ns.n = 1 %}{{ ns.n }}',
    '{% if false %}{% set late = 1 %}{% endif %}{{ late }}',
  ];
  for (const source of known) {
    const template = compile(source, { name: 'template' });
    assert.deepEqual(template.unknownNames(GIVEN), [], source);
  }
});

test('what may be missing, as the template says, is not told', () => {
  assert.deepEqual(unknownIn('{{ x|default(1) }}{% if y is defined %}{{ y }}{% endif %}'), []);
  assert.deepEqual(unknownIn('{% if z is not defined %}{% endif %}{{ w|d }}{{ w }}'), []);
});

test('what is included sees the names around it, and its own names are told by its own key', () => {
  const templates = {
    part: '{{ s }}{{ colour }}\n{{ typo }}',
    macros: '{% macro m() %}{% endmacro %}',
  };
  const source =
    '{% import "macros" as lib %}{% from "macros" import m as n %}{{ lib.m() }}{{ n() }}{% set colour = 1 %}{% for s in services %}{% endfor %}{% include "part" %}';
  assert.deepEqual(unknownIn(source, templates), [['typo', 'part', 2, 4, undefined]]);
});
