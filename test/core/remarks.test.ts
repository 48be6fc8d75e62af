import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInventory } from '../../functions/core/inventory.ts';
import { createRenderEngine } from '../../functions/core/render.ts';
import { configMap, gone, pod, put } from '../kit/objects.ts';
import { SETTINGS, VARIANT } from '../kit/rendering.ts';

const TEMPLATE = `
{%- for service in services %}
{%- if service.old %}{{ ("old  is " ~ service.old)|warn(service) }}{% endif -%}
{%- for pod in service.pods.values() if not pod.metadata.labels.zone %}{{ "has no zone"|warn(pod) }}{% endfor -%}
{{ ""|warn(service) }}
backend {{ service.name }}
{%- endfor -%}
{{ "this and that"|warn }}{{ "this and that"|warn }}
`;

const service = (more: object = {}) =>
  JSON.stringify({ namespace: 'shop', selector: { app: 'web' }, ...more });

function world() {
  const inventory = createInventory('lb');
  const engine = createRenderEngine(SETTINGS);
  return (...changes: Parameters<typeof inventory.update>[0]['changes']) => {
    const { snapshot } = inventory.update({ changes, certificates: [], unread: [] });
    const rendering = engine.render(snapshot, VARIANT);
    assert.ok(rendering.kind === 'rendered');
    const told = rendering.diagnostics.map(({ code, severity, message, where }) => {
      assert.deepEqual([code, severity], ['template-remark', 'warning']);
      return [where.object, where.key, message].filter(Boolean).join(' ');
    });
    return { told, content: rendering.files[0]?.content };
  };
}

test('what a template remarks is told of its object, each once, as long as it holds', () => {
  const change = world();
  const all = 'configmaps/lb/config this and that';
  const bare = put(pod({ name: 'bare' }));
  const first = change(
    put(configMap('config', { template: TEMPLATE })),
    put(configMap('services', { a: service({ old: 'x' }), b: service() })),
    bare,
    put(pod({ name: 'zoned', labels: { app: 'web', zone: 'a' } })),
  );
  assert.equal(first.content, '\nbackend a\nbackend b\n');
  assert.deepEqual(first.told, [
    all,
    'configmaps/lb/services a old is x',
    'pods/shop/bare has no zone',
  ]);
  // Rounds that are used again remark what they did.
  const other = put(configMap('other', {}));
  assert.deepEqual(change(other).told, first.told);
  const renamed = put(configMap('services', { a: service({ old: 'y' }), b: service() }));
  assert.deepEqual(change(renamed).told, [
    all,
    'configmaps/lb/services a old is y',
    'pods/shop/bare has no zone',
  ]);
  assert.deepEqual(change(gone(bare)).told, [all, 'configmaps/lb/services a old is y']);
  assert.deepEqual(change(put(configMap('services', { b: service() }))).told, [all]);
});

test('more than a hundred remarks are counted', () => {
  const change = world();
  const template = '{% for i in range(250) %}{{ i|warn }}{% endfor %}';
  const { told } = change(put(configMap('config', { template })), put(configMap('services', {})));
  assert.equal(told.length, 101);
  assert.ok(told.includes('configmaps/lb/config 150 more warnings from the template'));
});
