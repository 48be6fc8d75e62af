/** Values of pods, services, params and env are never more than values in what is rendered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { briefs, configMap, pod, render, service, start } from './unsafe/rendered.ts';

const SERVERS = `backend web
{%- for service in services %}
{%- for pod in service.pods.values() %}
    server {{pod.metadata.name}} {{pod.status.podIP}}:80 weight {{pod.metadata.annotations.weight|default(1)}}
{%- endfor %}
{%- endfor %}
`;

test('an annotation writes no line of the configuration: its pod is left out, the rest ships', () => {
  const weight = '2\n    http-request return status 200 content-type text/plain file /etc/hostname';
  const pods = [pod('a'), pod('b', { weight }), pod('c', { weight: '3' })];
  const { config, diagnostics } = render({ template: SERVERS, pods });
  assert.equal(
    config,
    'backend web\n    server a 10.0.0.1:80 weight 1\n    server c 10.0.0.1:80 weight 3\n',
  );
  assert.deepEqual(
    diagnostics.map(({ code, severity }) => [code, severity]),
    [['unsafe-value', 'error']],
  );
  assert.deepEqual(briefs(diagnostics), [
    [
      'pods/default/b',
      'pod default/b is left out: metadata.annotations.weight, "2\\n    http-request return status 200 content-type text/plain…", breaks the line in haproxy.cfg (printed by template, line 4)',
    ],
  ]);
});

test('an argument of more than one value is told by the one that breaks it', () => {
  const template = '{% for s in services %}x {{s.a}} {{s.b}}\n{% endfor %}';
  const services = { one: service({ a: '1 2', b: ' ' }), two: service({ a: '1', b: '2' }) };
  const { config, diagnostics } = render({ template, services });
  assert.equal(config, 'x 1 2\n');
  assert.match(diagnostics[0]?.message ?? '', /^service one is left out: a, "1 2", ends its word/);
});

test('the setting warn tells and ships; off does not look', () => {
  const world = {
    template: '{% for s in services %}x {{s.a}} y\n{% endfor %}',
    services: { web: service({ a: '1 2' }) },
  };
  for (const [unsafeValues, severities] of [
    ['warn', ['warning']],
    ['off', []],
  ] as const) {
    const { config, diagnostics } = render({ ...world, settings: { unsafeValues } });
    assert.equal(config, 'x 1 2 y\n');
    assert.deepEqual(
      diagnostics.map(({ severity }) => severity),
      severities,
    );
  }
});

test('keys of dicts are values, whatever they look like', () => {
  const template =
    '{% for s in services %}{% for k, v in s.options.items() %}{{k}} {{v}}\n{% endfor %}{{ s.options["a b"] }}\n{% endfor %}';
  const given = (options: object) => render({ template, services: { web: service({ options }) } });
  assert.equal(given({ mode: 'http', cache: 1 }).config, '\n');
  assert.equal(given({ 'a b': 1 }).config, '\n');
  assert.equal(given({ mode: 'http', '9': 1 }).config, '9 1\nmode http\n\n');
});

test('a variable of the environment is left out, and its value not shown', () => {
  const { config, diagnostics } = render({
    template: 'global\n    log-tag {{env.TAG|default("none")}} x\n',
    settings: { env: { TAG: 's3cret word' } },
  });
  assert.equal(config, 'global\n    log-tag none x\n');
  assert.deepEqual(briefs(diagnostics), [
    [
      'env',
      'the variable TAG is left out: its value ends its word in haproxy.cfg (printed by template, line 2)',
    ],
  ]);
});

test('a parameter fails the render of its poller', () => {
  const { kind, diagnostics } = render({
    template: 'x {{params.zone}}\n',
    params: { zone: 'a b' },
  });
  assert.equal(kind, 'failed');
  assert.match(diagnostics[0]?.message ?? '', /the parameter zone is left out: .*ends its word/);
});

test('maps, lists and crt-lists are read as HAProxy reads them; in other files a line is all', () => {
  const template = `frontend x
    http-request set-var(txn.a) path,map_beg(/files/a.map,x)
    acl b src -f /files/b.lst
    bind :1 ssl crt-list /files/c.txt
    errorfile 503 /files/d.http
`;
  const line = '{% for s in services %}{{ s.v }} {{ s.name }}\n{% endfor %}';
  const names = ['files.a.map', 'files.b.lst', 'files.c.txt', 'files.d.http'];
  const given = (v: string) => {
    const files = Object.fromEntries(names.map((name) => [name, line]));
    return names.map((name) => {
      const { diagnostics } = render({
        template,
        files: { [name]: files[name] as string },
        services: { web: service({ v }) },
      });
      return diagnostics.length;
    });
  };
  assert.deepEqual(given('a'), [0, 0, 0, 0]);
  assert.deepEqual(given('a b'), [1, 0, 1, 0]);
  assert.deepEqual(given('#a'), [1, 1, 1, 0]);
  assert.deepEqual(given('a\nb'), [1, 1, 1, 1]);
  assert.deepEqual(given('a\u0007b'), [1, 1, 1, 1]);
  assert.deepEqual(given('"a'), [0, 0, 0, 0]);
});

test('what is left out stays so while it is the same, and comes back when it is mended', () => {
  const update = start({});
  const config = configMap('config', { template: SERVERS });
  const bad = pod('b', { weight: '1 2' });
  const first = update(config, configMap('services', { web: service() }), pod('a'), bad);
  assert.equal(first.diagnostics.length, 1);
  const second = update(pod('c'));
  assert.deepEqual(second.diagnostics, first.diagnostics);
  assert.match(second.config, /server a .*\n.*server c /);
  const third = update(pod('b', { weight: '12' }));
  assert.deepEqual(third.diagnostics, []);
  assert.match(third.config, /server b .* weight 12/);
});

test('where leaving out breaks the template, both are told', () => {
  const { kind, diagnostics } = render({
    template: 'x {{ services[0].v }}\n',
    services: { web: service({ v: 'a b' }) },
  });
  assert.equal(kind, 'failed');
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['template-undefined', 'unsafe-value'],
  );
});

test('many bad values at once take few renders, and not all of them are told', () => {
  const pods = Array.from({ length: 300 }, (_, i) => pod(`p${i}`, { weight: i % 2 ? '1' : '1 2' }));
  const { config, diagnostics } = render({ template: SERVERS, pods });
  assert.equal(config.match(/server/g)?.length, 150);
  assert.equal(diagnostics.length, 101);
});
