import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createInventory } from '../../functions/core/inventory.ts';
import { renderManifests } from '../../functions/core/offline.ts';
import { createRenderEngine, type Rendering } from '../../functions/core/render.ts';
import { configMap, pod, put } from '../kit/objects.ts';

const SETTINGS = {
  namespace: 'lb',
  dialect: 'jinja2',
  env: { ZONE: 'a' },
  statisticsPassword: 'secret',
} as const;
const VARIANT = { sslDir: '/ssl', filesDir: '/files', params: { role: 'edge' } };
const SERVICES = { web: '{"namespace":"shop","selector":{"app":"web"},"ports":[80]}' };

interface Input {
  readonly config: Readonly<Record<string, string>>;
  readonly services?: Readonly<Record<string, string>>;
  readonly pods?: readonly object[];
  readonly certificates?: readonly string[];
}

function render(
  { config, services = SERVICES, pods = [], certificates = [] }: Input,
  engine = createRenderEngine(SETTINGS),
): Rendering {
  const objects = [configMap('services', services), configMap('config', config), ...pods];
  const { snapshot } = createInventory('lb').update({
    changes: objects.map(put),
    certificates,
    unread: [],
  });
  return engine.render(snapshot, VARIANT);
}

function filesOf(rendering: Rendering) {
  if (rendering.kind !== 'rendered') assert.fail(JSON.stringify(rendering));
  return Object.fromEntries(rendering.files.map(({ path, content }) => [path, content]));
}

test('the context is what a template of the original finds, and what came since', () => {
  const template = `{{ services[0].name }} {{ services[0].ports[0] }} {{ services[0].pods.itervalues().next().status.podIP }}
{{ services[0].draining.keys() }} {{ ssldir }} {{ filesdir }} {{ stats.username }}:{{ stats.password }} {{ env.ZONE }}
{{ params.role }} {{ certificates }} {{ services[0].pods.a.spec.containers[0].image }}`;
  const pods = [pod({ name: 'a' }), pod({ name: 'b', terminating: true })];
  assert.equal(
    filesOf(render({ config: { template }, pods, certificates: ['c'] }))['haproxy.cfg'],
    "web 80 10.0.0.1\ndict_keys(['b']) /ssl /files stats:secret a\nedge ['c'] web:1\n",
  );
});

test('files.NAME are rendered with the same context, and other keys can be included and imported', () => {
  const config = {
    template: '{% include "head" %}{% import "macros" as m %}{{ m.twice(services[0].name) }}',
    head: '# {{ env.ZONE }}\n\n',
    macros: '{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}',
    'files.hosts.map': '{% for s in services %}{{ s.name }} b\n{% endfor %}',
    'files.empty': '',
  };
  assert.deepEqual(filesOf(render({ config })), {
    'haproxy.cfg': '# a\nwebweb\n',
    'files/empty': '',
    'files/hosts.map': 'web b\n',
  });
});

test('a file ends with a line feed where its source does', () => {
  const config = {
    template: 'x',
    'files.list': '{% for s in services %}{{ s.name }}\n{% endfor -%}\n',
    'files.word': '{{ services[0].name }}',
    'files.none': '{# nothing #}\n',
  };
  const { 'haproxy.cfg': _, ...files } = filesOf(render({ config }));
  assert.deepEqual(files, { 'files/list': 'web\n', 'files/none': '', 'files/word': 'web' });
});

test('a file whose name is none is left out, and told', () => {
  const rendering = render({ config: { template: 'x', 'files..hidden': 'y', 'files.': 'z' } });
  assert.deepEqual(Object.keys(filesOf(rendering)), ['haproxy.cfg']);
  assert.deepEqual(
    rendering.diagnostics.map(({ code, where }) => [code, where.key]),
    [
      ['file-name', 'files.'],
      ['file-name', 'files..hidden'],
    ],
  );
});

test('what fails names the template that it is in, the line, and what is near', () => {
  const rendering = render({
    config: { template: '{% include "part" %}', part: 'one\n  {{ servces.x }}\n' },
  });
  assert.equal(rendering.kind, 'failed');
  if (rendering.kind !== 'failed') return;
  const { code, message, hint, where } = rendering.failure;
  assert.deepEqual(
    [code, message, where.key, where.line],
    ['template-undefined', "'servces' is undefined", 'part', 2],
  );
  assert.match(hint, /services/);
  assert.match(where.excerpt ?? '', /servces\.x/);
});

test('what means something else in the other dialect is told, with the setting', () => {
  const { diagnostics } = render({
    config: { template: '{% for s in [1] %}{% set x = x|default(0) + 1 %}{{ x }}{% endfor %}' },
  });
  assert.deepEqual(
    diagnostics.map(({ severity, code, where }) => [severity, code, where.key, where.line]),
    [['warning', 'dialect-set-in-loop', 'template', 1]],
  );
  assert.match(diagnostics[0]?.hint ?? '', /TEMPLATE_DIALECT=python2/);
});

test('a misspelt name renders, and is told with the line, and the name that was meant', () => {
  const { kind, diagnostics } = render({
    config: {
      template: 'a\n{% for s in servces %}{{ s }}{% endfor %}{% include "part" %}',
      part: '{{ env.X }}',
    },
  });
  assert.equal(kind, 'rendered');
  const [told, ...more] = diagnostics;
  assert.deepEqual(more, []);
  assert.deepEqual([told?.severity, told?.code], ['warning', 'template-unknown-name']);
  assert.deepEqual([told?.where.key, told?.where.line, told?.where.column], ['template', 2, 13]);
  assert.match(told?.where.excerpt ?? '', /in servces %.*\n {12}\^$/s);
  assert.match(told?.hint ?? '', /^Did you mean services\?/);
});

test('certificates named without .pem are told, unless that is the file of another', () => {
  const template = 'crt /ssl/a crt /ssl/b.pem crt /ssl/b.pem.pem crt /ssl/cc list /ssl/ x/ssl/c';
  const rendering = render({
    config: { template, 'files.list': '/ssl/d [verify none]\n' },
    certificates: ['a', 'b', 'b.pem', 'c', 'd'],
  });
  assert.deepEqual(rendering.kind === 'rendered' && rendering.bareNames, ['a', 'c', 'd']);
});

test('random numbers are the same in every render, on every replica', () => {
  const config = { template: '{{ range(1000)|random }} {{ range(1000)|random }}' };
  const [one, two] = [filesOf(render({ config })), filesOf(render({ config }))];
  assert.deepEqual(one, two);
  assert.match(one['haproxy.cfg'] ?? '', /^(\d+) (?!\1\n)/);
});

test('an engine gives of other objects, with the same templates or others, what a new one gives', () => {
  const config = { template: '{% include "part" %} {{ services[0].pods|length }}', part: 'one' };
  const inputs: readonly Input[] = [
    { config },
    { config: { ...config }, pods: [pod({ name: 'a' })] },
    { config: { ...config, part: 'two' } },
    { config: { ...config, part: 'two', more: 'three' } },
    { config: { template: config.template } },
    { config: { ...config, 'files.map': 'of its own' }, services: {} },
    { config },
  ];
  const engine = createRenderEngine(SETTINGS);
  for (const input of inputs) assert.deepEqual(render(input, engine), render(input));
});

test('the same objects in any order, in any number of texts, give the same bytes and the same hash', () => {
  const objects = [
    configMap('services', { ...SERVICES, api: '{"namespace":"shop","selector":{"app":"api"}}' }),
    configMap('config', {
      template: '{% for s in services %}{{ s }}\n{% endfor %}',
      'files.b': '{{ services|length }}',
      'files.a': 'a',
    }),
    ...['a', 'b', '10', '9'].map((name, i) => pod({ name, ip: `10.0.0.${i}` })),
    pod({ name: 'c', labels: { app: 'api' } }),
  ];
  const hash = (texts: readonly string[]) => {
    const named = texts.map((text, i) => ({ origin: `${i}`, text }));
    const result = renderManifests({ texts: named, settings: SETTINGS, variant: VARIANT });
    return result.kind === 'rendered' ? result.bundle.etag : assert.fail(JSON.stringify(result));
  };
  const expected = hash([JSON.stringify({ kind: 'List', items: objects })]);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(objects, { minLength: objects.length }),
      fc.nat(),
      (all, at) => {
        const cut = at % (all.length + 1);
        const lists = [all.slice(0, cut), all.slice(cut)];
        assert.equal(hash(lists.map((items) => JSON.stringify({ kind: 'List', items }))), expected);
      },
    ),
  );
});
