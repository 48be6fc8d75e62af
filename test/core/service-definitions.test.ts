import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJson } from '../../functions/core/json.ts';
import { createDefinitions, type Definitions } from '../../functions/core/service-definitions.ts';
import { isJsonObject } from '../../functions/template/json/index.ts';

const LABELS = ['{"app": "a"}', '{"app": "b"}', '{"app": "a", "tier": "x"}'];

/** The services of each namespace that select pods with these labels. */
function found(definitions: Definitions) {
  return LABELS.map((text) => {
    const labels = readJson(text);
    assert.ok(labels.kind === 'value' && isJsonObject(labels.value));
    const { value } = labels;
    return [...definitions].map(([namespace, find]) => [namespace, ...find(value)]);
  });
}

test('entries that stay, change, come, go or are none select as if all had been read anew', () => {
  const entry = fc.constantFrom(
    '{"namespace": "n", "selector": {"app": "a"}}',
    '{"namespace": "n", "selector": {"app": "b"}}',
    '{"namespace": "m", "selector": {"app": "a", "tier": "x"}}',
    '{"namespace": "m", "selector": {}}',
    'no service',
  );
  const services = fc.dictionary(fc.constantFrom('s1', 's2', 's3', 's4'), entry);
  fc.assert(
    fc.property(fc.array(services, { maxLength: 6 }), (revisions) => {
      const read = createDefinitions();
      for (const each of revisions)
        assert.deepEqual(found(read(each)), found(createDefinitions()(each)));
    }),
  );
});
