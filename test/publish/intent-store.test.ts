import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackedPut } from '../../functions/core/fleet-pod.ts';
import { formatKey } from '../../functions/core/objects.ts';
import { packChange } from '../../functions/core/packing.ts';
import { createIntentStore } from '../../functions/publish/intent-store.ts';
import { configMap, put } from '../kit/objects.ts';

/** Takes ConfigMaps, and gives the intent that they make. */
function start() {
  const objects = new Map<string, PackedPut>();
  const store = createIntentStore({ namespace: 'lb', find: (key) => objects.get(key) });
  const read = (...maps: readonly object[]) => {
    for (const change of maps.map(put)) {
      const packed = packChange(change) as PackedPut;
      objects.set(formatKey(change), packed);
      store.take(packed, change.json);
    }
    return store.read({});
  };
  return { store, read };
}

test('a renderer is told of those ConfigMaps alone that it knows otherwise', () => {
  const { store, read } = start();
  const first = read(configMap('config', { template: 'x' }), configMap('services', { a: '{}' }));
  const told = (known: object, intent: object) => store.changes(known, intent).map(formatKey);
  assert.deepEqual(told({}, first), ['configmaps/lb/config', 'configmaps/lb/services']);
  const more = read(configMap('services', { a: '{}', b: '{}' }));
  assert.deepEqual(told(first, more), ['configmaps/lb/services']);
  assert.deepEqual(told(more, first), ['configmaps/lb/services'], 'and back');
  const other = read(configMap('config', { template: 'y' }));
  assert.deepEqual(told(more, other), ['configmaps/lb/config']);
  assert.deepEqual(told(other, { ...other }), []);
  assert.deepEqual(told(other, {}), ['configmaps/lb/config', 'configmaps/lb/services']);
});
