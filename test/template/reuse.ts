/**
 * Random templates over a snapshot that changes at random, each rendered with and without what earlier renders kept, and
 * traced. They must never differ.
 */
import assert from 'node:assert/strict';
import {
  type CompiledTemplate,
  compile,
  RenderMemo,
  TemplateError,
} from '../../functions/template/index.ts';
import type { Seeded } from './seeded.ts';

interface Pod {
  readonly name: string;
  readonly ip: string;
}

interface Service {
  readonly name: string;
  readonly port: number;
  readonly hostnames: readonly string[];
  readonly pods: Readonly<Record<string, Pod>>;
}

interface Snapshot {
  readonly services: readonly Service[];
  readonly env: Readonly<Record<string, string>>;
  readonly certificates: readonly string[];
}

function freeze<T extends object>(value: T): T {
  for (const item of Object.values(value)) {
    if (typeof item === 'object' && item !== null && !Object.isFrozen(item)) freeze(item);
  }
  return Object.freeze(value);
}

function randomService(random: Seeded): Service {
  const pods = Array.from({ length: random.below(4) }, (_, i) => {
    const name = `p${i}`;
    return [name, { name, ip: random.chance(0.2) ? '' : `10.0.0.${random.below(9)}` }] as const;
  });
  return freeze({
    name: `s${random.below(20)}`,
    port: random.below(3),
    hostnames: Array.from({ length: random.below(3) }, () => `h${random.below(5)}`),
    pods: Object.fromEntries(pods),
  });
}

const firstSnapshot = (random: Seeded): Snapshot =>
  freeze({
    services: Array.from({ length: 1 + random.below(6) }, () => randomService(random)),
    env: { ZONE: 'a' },
    certificates: ['c1'],
  });

/** The snapshot after a change, sharing what did not change. */
function changed(snapshot: Snapshot, random: Seeded): Snapshot {
  const services = [...snapshot.services];
  const at = random.below(services.length);
  switch (random.below(8)) {
    case 0:
      return freeze({ ...snapshot, env: { ZONE: random.pick(['a', 'b']) } });
    case 1:
      return freeze({ ...snapshot, certificates: [`c${random.below(3)}`] });
    case 2:
      services.splice(at, 0, randomService(random));
      break;
    case 3:
      if (services.length > 1) services.splice(at, 1);
      break;
    case 4:
      services.reverse();
      break;
    case 5:
      services.push(services[at] as Service);
      break;
    default:
      services[at] = randomService(random);
  }
  return freeze({ ...snapshot, services });
}

const EXPRESSIONS = [
  's.name',
  's.port',
  's.name|upper',
  's.hostnames|join(",")',
  's.pods|length',
  's.nope',
  's.port + 1',
  '"%s_%d" % (s.name, loop.index)',
  'loop.index',
  'loop.index0',
  'loop.first',
  'loop.last',
  'loop.length',
  'loop.revindex',
  'loop.previtem.name',
  'loop.nextitem.name|default("-")',
  'loop.cycle("odd", "even")',
  'loop.changed(s.port)',
  'loop',
  'env.ZONE',
  'certificates|length',
  'services|length',
  'total',
  'prefix ~ s.name',
  'm(s)',
  'm(s, port=loop.index)',
  'deep(s)',
  'lib.f(s)',
  'g(s.name)',
  'ns.count',
  'row.next()',
  'comma()',
  's.pods.values()|map(attribute="ip")|join(" ")',
  's.pods.itervalues()|map(attribute="ip")|select|join(" ")',
  '[s.port, loop.index]|sort|first',
  '"x" if s.port > 1 else "y"',
  '"x" if s.port == 2',
  's is sameas services[0]',
  'self.extra()',
  'dict(a=s.port).a',
  'range(s.port)|list',
  'missing',
  'carried',
];

function randomBody(random: Seeded, depth: number): string {
  let body = '';
  for (let i = 1 + random.below(3); i > 0; i--) {
    const inner = (): string => (depth > 2 ? '.' : randomBody(random, depth + 1));
    const kind = random.below(14);
    if (kind < 6) body += `{{ ${random.pick(EXPRESSIONS)} }} `;
    else if (kind === 6) body += `{% if (${random.pick(EXPRESSIONS)}) %}${inner()}{% endif %}`;
    else if (kind === 7) body += `{% for h in s.hostnames %}${inner()}{% endfor %}`;
    else if (kind === 8) {
      body += `{% set outer = loop %}{% for p in s.pods.values() if p.ip %}{{ outer.index }}_{{ loop.index }} ${inner()}{% endfor %}`;
    } else if (kind === 9) body += `{% set x = ${random.pick(EXPRESSIONS)} %}${inner()}{{ x }}`;
    else if (kind === 10) body += '{% set carried = (carried or 0) + 1 %}{{ carried }}';
    else if (kind === 11) body += '{% set ns.count = ns.count + 1 %}';
    else if (kind === 12) body += `{% call m(s) %}${inner()}{% endcall %}`;
    else
      body += random.pick([
        'text\n',
        "{% include 'part' %}",
        '{% set y %}{{ s.name }}{% endset %}{{ y }}',
      ]);
  }
  return body;
}

const HEAD = `{%- set prefix = env.ZONE ~ '-' -%}
{%- set total = services|length -%}
{%- set ns = namespace(count=0) -%}
{%- set row = cycler('r1', 'r2') -%}
{%- set comma = joiner() -%}
{%- macro m(s, port=0) %}[{{ s.name }}{{ port }}{{ caller() if caller }}]{% endmacro -%}
{%- macro deep(s) %}<{{ m(s, port=1) }}{{ prefix }}>{% endmacro -%}
{%- import 'lib' as lib -%}{%- from 'lib' import g -%}
{%- block extra %}{% endblock -%}
`;

const templates = {
  lib: '{% set own = 3 %}{% macro f(s) %}({{ s.name }}{{ own }}){% endmacro %}{% macro g(x) %}{{ x }}{{ own }}{% endmacro %}',
  part: 'part of {{ s.name }}{{ loop.index }}',
  list: '<{% for s in services %}{{ s.name }}{{ s.port }},{% endfor %}>',
  base: 'a{% for s in services %}{{ s.name }}{% endfor %}{% block b %}{% endblock %}z{% include "list" %}',
};

/** What else gives the text of a loop, or takes it. */
const AROUND = [
  '{% include "list" %}LOOP{% include "list" %}',
  '{% include "list" without context %}LOOP',
  '{% filter upper %}LOOP{% include "list" %}{% endfilter %}',
  '{% set all %}LOOP{% include "list" %}{% endset %}{{ all|length }}{{ all }}',
  '{% if services %}LOOP{% include "list" %}{% endif %}',
  '{% for i in [1, 2] %}{% include "list" %}{% endfor %}LOOP',
  '{% macro all() %}{% include "list" %}{% endmacro %}{{ all() }}LOOP{{ all() }}',
  '{% import "list" as list %}LOOP{{ list }}',
];

function randomTemplate(random: Seeded): string {
  const loops = Array.from({ length: 1 + random.below(3) }, () => {
    const test = random.chance(0.3)
      ? ` if ${random.pick(['s.port', 's.hostnames', 'env.ZONE == "a"'])}`
      : '';
    const items = random.chance(0.15) ? "services|sort(attribute='name')" : 'services';
    const otherwise = random.chance(0.2) ? '{% else %}none' : '';
    const loop = `{% for s in ${items}${test} %}${randomBody(random, 0)}${otherwise}{% endfor %}\n`;
    if (random.chance(0.1))
      return `{% for s in services %}{% for k, v in s.pods.items() %}{{ k }}{{ v.ip }}{{ loop.index }}{% endfor %}{% endfor %}`;
    if (random.chance(0.2)) return random.pick(AROUND).replace('LOOP', loop);
    return random.chance(0.1) ? `{% block b${random.below(1e9)} %}${loop}{% endblock %}` : loop;
  });
  if (random.chance(0.1))
    return `{% extends "base" %}{% block b %}${HEAD}${loops.join('')}{% endblock %}`;
  return HEAD + loops.join('');
}

function result(template: CompiledTemplate, snapshot: Snapshot, memo?: RenderMemo): string {
  try {
    return template.render({ ...snapshot }, memo === undefined ? {} : { memo });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `${error.type} in line ${error.line}: ${error.message}`;
  }
}

/** Renders one random template after each of some random changes, with and without reuse; gives how many renders kept. */
export function compareReuse(random: Seeded, changes: number): void {
  const source = randomTemplate(random);
  const dialect = random.pick(['jinja2', 'jinja2', 'python2'] as const);
  const template = compile(source, { templates, dialect });
  const traced = compile(source, { templates, dialect, isTracing: true });
  const memo = new RenderMemo();
  let snapshot = firstSnapshot(random);
  for (let i = 0; i < changes; i++) {
    const plain = result(template, snapshot);
    assert.equal(result(template, snapshot, memo), plain, `${dialect}: ${source}`);
    assert.equal(result(traced, snapshot), plain, `traced, ${dialect}: ${source}`);
    snapshot = changed(snapshot, random);
  }
}
