/** Who gave which part of the output: told without any change of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CompileOptions,
  compile,
  parseJson,
  type TemplateContext,
} from '../../functions/template/index.ts';
import { oneOf, upTo } from '../kit/full-size.ts';
import { ofTemplates } from './fuzz/questions.ts';
import { casesOf, dialectOf, goldenFiles } from './golden-cases.ts';
import { oracleCases } from './oracle-cases.ts';
import { compareTraced } from './trace-difference.ts';

for (const file of goldenFiles)
  test(`a trace changes nothing: ${file}`, () => {
    for (const { template, context = {}, opts = {}, templates } of oneOf(3, casesOf(file))) {
      const options = { dialect: dialectOf(file), ...(templates && { templates }), ...opts };
      compareTraced({ template, context, options });
    }
  });

test('a trace changes nothing: what Python gave', () => {
  const all = oracleCases();
  assert.ok(all.length > 3000);
  for (const one of oneOf(9, all)) compareTraced(one);
});

test('a trace changes nothing: random templates', () => {
  for (let seed = 1; seed <= upTo(50, 100); seed++) {
    const { template, json, templates = {} } = ofTemplates(seed);
    const context = parseJson(json) as TemplateContext;
    compareTraced({ template, context, options: { templates } });
  }
});

const template = `{% from 'lib' import server, box -%}
{% set zone = params.zone -%}
global
    # {{ zone }}
{% for service in services %}
backend {{ service.name }}
{%- for pod in service.pods %}
    {{ server(pod, service.port) }}
{%- endfor %}
{% include 'extra' %}
{% set note %}# of {{ service.name }}, and nobody else{% endset %}
    {{ note }}
{% endfor %}
{% filter indent(8, true) %}
first
second
{% endfilter %}
{{ server(services[0].pods[0], 1)|upper }}
{% if env.DEBUG %}debug{% endif %}
{% call box() %}
inside
{% endcall %}
{% include 'alone' without context %}
{% include 'alone' without context %}`;
const templates = {
  lib: `{% macro server(pod, port) %}server {{ pod.name }} {{ pod.ip }}:{{ port }}{% endmacro %}
{% macro box() %}<
{{ caller() }}
>{% endmacro %}`,
  alone: 'this is the same\neach time, it is said',
  extra: '\n    option {{ service.name }}\n    more',
};
const pods = (...names: string[]) => names.map((name) => ({ name, ip: `ip-${name}` }));
const context = {
  services: [
    { name: 'a', port: 80, pods: pods('a-1', 'a-2') },
    { name: 'b', port: 81, pods: pods('b-1') },
  ],
  params: { zone: 'eu' },
  env: { DEBUG: 'yes' },
};

const traced = compile(template, { name: 'main', templates, isTracing: true }).trace(context);

/** What gave the text, which stands there once: where, in the midst of what, and of which items and variables. */
function originOf(text: string): string {
  const start = traced.text.indexOf(text);
  assert.ok(start >= 0, `${text} in\n${traced.text}`);
  const [first] = traced.contributions(start, start + text.length);
  assert.ok(first);
  const steps = first.steps.map(({ kind, name, place, values }) => {
    const isItem = (value: unknown) => Object.getPrototypeOf(value) === Object.prototype;
    const items = values.filter(isItem).map((value) => (value as { name?: string }).name);
    const what = [kind, name, ...items].filter((word) => word !== undefined).join(' ');
    return `${what} ${place.template}:${place.line}:${place.column}`;
  });
  const at = `${first.template}:${first.line}:${first.column}`;
  return [at, ...steps, first.variables.join(' ')].filter(Boolean).join(' < ');
}

const ORIGINS: Readonly<Record<string, string>> = {
  global: 'main:3:1',
  '# eu': 'main:4:5',
  eu: 'main:4:10 < params.zone',
  'backend b': 'main:6:1 < round b main:5:4',
  'server a-2': 'lib:1:30 < round a main:5:4 < round a-2 main:7:5 < macro server a-2 main:8:8',
  'ip-b-1': 'lib:1:55 < round b main:5:4 < round b-1 main:7:5 < macro server b-1 main:8:8',
  'option b': 'extra:2:5 < round b main:5:4 < include extra main:10:4',
  '# of b': 'main:11:15 < round b main:5:4 < print main:12:8',
  '       first': 'main:15:1 < print main:14:4',
  second: 'main:16:1 < print main:14:4',
  'SERVER A-1': 'lib:1:30 < macro server a-1 main:18:4',
  debug: 'main:19:19 < env.DEBUG',
  inside: 'main:21:1 < macro box main:20:9 < macro caller lib:3:4',
  'it is said': 'alone:2:12 < import alone main:23:4',
  '>': 'lib:4:1 < macro box main:20:9',
};

for (const [text, expected] of Object.entries(ORIGINS))
  test(`where it comes from: ${text}`, () => assert.equal(originOf(text), expected));

const PLACES: readonly [what: string, source: string, places: string, options?: CompileOptions][] =
  [
    [
      'tags that take white space',
      'A \n {%- if 1 -%} \n B {%- endif %}\n C{# x #}\n  D',
      'A1:1 B3:2 C4:2 D5:3',
    ],
    ['raw text', 'A\n{% raw %} {{ B }} {% endraw %}\n C', 'A1:1 B2:14 C3:2'],
    ['comments', 'A{# 1\n2\n #}B\n{#- 3 -#}\n C', 'A1:1 B3:4 C5:2'],
    [
      'trimmed blocks',
      '  {% if 1 %}\n  A\n  {% endif %}\nB',
      'A2:3 B4:1',
      { trimBlocks: true, lstripBlocks: true },
    ],
    ['other line breaks', 'A\r\nB\rC\n\n D', 'A1:1 B2:1 C3:1 D5:2', { newlineSequence: '\r\n' }],
    ['line statements', '# if 1\nA\n  # endif\nB', 'A2:1 B4:1', { lineStatementPrefix: '#' }],
  ];

for (const [what, source, places, options] of PLACES)
  test(`characters of the template are told where they stand: ${what}`, () => {
    const told = compile(source, { ...options, isTracing: true }).trace({});
    const found = Array.from(told.text.matchAll(/[A-D]/g), ({ 0: letter, index }) => {
      const [first] = told.contributions(index, index + 1);
      return `${letter}${first?.line}:${first?.column}`;
    });
    assert.equal(found.join(' '), places);
  });
