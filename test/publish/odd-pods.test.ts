import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMap, pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, startPublisher } from './start.ts';

/** Reads all that a pod brings, in each way that goes through the whole of it. */
const TEMPLATE = `{% for name, pod in services[0].pods.items() %}{% set odd = pod.odd|default('') %}
{{ name }} {{ odd|tojson|length }} {{ odd|string|length }} {{ odd|pprint|length }}
{%- endfor %}
`;
/** As deep as an object may be at all. */
const DEEP = 980;
const SIZE = 200_000;

const ODD: Readonly<Record<string, unknown>> = {
  deep: JSON.parse(`${'{"a":['.repeat(DEEP / 2)}1${']}'.repeat(DEEP / 2)}`),
  keys: JSON.parse(
    '{"__proto__": {"polluted": 1}, "constructor": 1, "": 2, "\\ud800": 3, "length": -1, "items": 4}',
  ),
  huge: 'z'.repeat(SIZE),
  numbers: JSON.parse('[1e308, -0, 9007199254740993, 5e-324]'),
  characters: '\u0000\u2028\ud800\r\n',
};

test('pods that are as odd as JSON allows cost nobody the renderer, nor another pod its place', async (t) => {
  const { publisher, deliver, text } = startPublisher(t);
  const services = { web: '{"namespace":"shop","selector":{"app":"web"}}' };
  deliver([put(configMap('services', services)), config(TEMPLATE)]);
  for (const [name, odd] of Object.entries(ODD)) {
    const later = `after-${name}`;
    deliver([put({ ...pod({ name }), odd }), put(pod({ name: later }))]);
    await until('the next one is there', async () => (await text()).includes(later));
  }
  assert.equal(publisher.renderer().starts, 1);
  assert.equal(publisher.status().variants[0]?.failure, undefined);
});
