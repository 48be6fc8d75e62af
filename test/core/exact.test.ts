/** Values on their way from manifests to templates: each is as Python's `json.loads` would have it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderManifests } from '../../functions/core/offline.ts';
import { readEvent } from '../../functions/kubernetes/event.ts';

const SETTINGS = {
  namespace: 'lb',
  dialect: 'jinja2',
  env: { '10': 'ten', '9': 'nine' },
  statisticsPassword: 'secret',
} as const;
const VARIANT = { sslDir: '/ssl', filesDir: '/files', params: {} };

const SERVICE =
  '{"8080": "a", "443": "b", "namespace": "shop", "selector": {"9": "x", "10": "y"}, "weight": 1.0, "rate": 1e2, "huge": 1.5e300, "id": 12345678901234567890, "twice": 1, "twice": 2.0}';
const SHOWN =
  "{'8080': 'a', '443': 'b', 'namespace': 'shop', 'selector': {'9': 'x', '10': 'y'}, 'weight': 1.0, 'rate': 100.0, 'huge': 1.5e+300, 'id': 12345678901234567890, 'twice': 2.0}";

const TEMPLATE = `{% for s in services -%}
{% for k, v in s.items() if k not in ("name", "pods", "draining") %}{{ k }}={{ v }};{% endfor %}
{% for pod in s.pods.values() -%}
{{ pod.metadata.labels }}{{ pod.metadata.annotations }}{{ pod.spec }}{{ pod.extra }}
{%- endfor %}
{%- endfor %}{{ env }}`;

const EXPECTED = `8080=a;443=b;namespace=shop;selector={'9': 'x', '10': 'y'};weight=1.0;rate=100.0;huge=1.5e+300;id=12345678901234567890;twice=2.0;
{'10': 'y', '9': 'x', 'app': 'web'}{'2': 'b', '1': 'a'}{'cpu': 2.0, 'big': 12345678901234567890, '7': {}, '6': {}}[1.0, 100.0]{'10': 'ten', '9': 'nine'}
`;

const POD = `{"apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "a", "namespace": "shop", "labels": {"10": "y", "9": "x", "app": "web"}, "annotations": {"2": "b", "1": "a"}},
  "spec": {"cpu": 2.0, "big": 12345678901234567890, "7": {}, "6": {}},
  "status": {"podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]},
  "extra": [1.0, 1e2]}`;

const configMap = (name: string, data: object): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'lb' },
    data,
  });
const SERVICES = configMap('services', { web: SERVICE });
const CONFIG = configMap('config', { template: TEMPLATE });

function render(...texts: readonly string[]): string {
  const result = renderManifests({
    texts: texts.map((text, i) => ({ text, origin: `${i}` })),
    settings: SETTINGS,
    variant: VARIANT,
  });
  if (result.kind !== 'rendered') assert.fail(JSON.stringify(result));
  assert.deepEqual(result.diagnostics, []);
  return result.bundle.files[0]?.content ?? '';
}

test('manifests in JSON: a list, a typed list, one by one', () => {
  assert.equal(render(SERVICES, CONFIG, POD), EXPECTED);
  assert.equal(render(`{"kind": "List", "items": [${SERVICES}, ${CONFIG}, ${POD}]}`), EXPECTED);
  const bare = POD.replace('"apiVersion": "v1", "kind": "Pod",', '');
  assert.equal(render(SERVICES, CONFIG, `{"kind": "PodList", "items": [${bare}]}`), EXPECTED);
});

test('manifests in YAML', () => {
  const yaml = `
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: shop
  labels: &labels {"10": y, "9": x, app: web}
  annotations:
    2: b
    1: a
spec:
  cpu: 2.0
  big: 12345678901234567890
  7: {}
  6: {}
status:
  podIP: 10.0.0.1
  conditions: [{type: Ready, status: "True"}]
extra: [1.0, 1e2]
`;
  assert.equal(render(SERVICES, CONFIG, yaml), EXPECTED);
});

test('YAML has floats, ints and keys in all their forms', () => {
  const yaml = `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {"10": y, "9": x}}
status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: "True"}]}
extra:
  <<: {base: 1.0}
  1.0: [.inf, -.inf, .nan, 0x1F, 0o17, +7, -0, 1.50, 5e-1, 9007199254740993]
  true: ~
  null: "1.0"
`;
  const template = '{{ services[0].pods.a.extra }}';
  assert.equal(
    render(SERVICES, configMap('config', { template }), yaml),
    "{'base': 1.0, '1.0': [inf, -inf, nan, 31, 15, 7, 0, 1.5, 0.5, 9007199254740993], 'true': None, 'null': '1.0'}\n",
  );
});

test('objects of a watch: keys sorted as the API server sorts those of maps, values as they are', () => {
  const event = readEvent(
    { kind: 'pods' },
    Buffer.from(
      `{"type":"ADDED","object":{"metadata":{"resourceVersion":"7","uid":"u","namespace":"shop","name":"a","labels":{"9":"x","10":"y","app":"web"},"managedFields":[{"1":1.0}]},"spec":{"b":2.0,"a":12345678901234567890,"c":{"2":1,"10":-0}}}}`,
    ),
  );
  assert.ok(event.type === 'put');
  assert.equal(
    Buffer.from(event.object.json).toString(),
    '{"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"10":"y","9":"x","app":"web"},"name":"a","namespace":"shop","resourceVersion":"7","uid":"u"},"spec":{"a":12345678901234567890,"b":2.0,"c":{"10":0,"2":1}}}',
  );
});

/** Codes and messages of what is wrong with a text. */
function faultsOf(text: string): readonly string[] {
  const { diagnostics } = renderManifests({
    texts: [
      { text: SERVICES, origin: 'services' },
      { text: configMap('config', { template: 'x' }), origin: 'config' },
      { text, origin: 'pod' },
    ],
    settings: SETTINGS,
    variant: VARIANT,
  });
  assert.ok(diagnostics.every(({ where }) => where.object === 'pod'));
  return diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

test('what Python would not read is left out, with its place', () => {
  const digits = faultsOf(POD.replace('[1.0, 1e2]', '1'.repeat(4301)));
  assert.match(digits.join(), /^manifest-object: pods\/a has a number of more than 4300 digits;/);
  for (const deep of [
    POD.replace('[1.0, 1e2]', `${'['.repeat(1200)}${']'.repeat(1200)}`),
    `a: ${'['.repeat(100_000)}`,
    `${'- '.repeat(100_000)}a`,
  ])
    assert.match(
      faultsOf(deep).join(),
      /^manifest-syntax: lists and objects are nested too deeply/,
    );
});

test('what is printed of a service is its JSON', () => {
  const template = '{{ services[0] }}';
  assert.equal(
    render(SERVICES, configMap('config', { template })),
    `${SHOWN.slice(0, -1)}, 'name': 'web', 'pods': {}, 'draining': {}}\n`,
  );
});
