import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareVersions,
  formatAsOf,
  hasReached,
  mergeAsOf,
  parseAsOf,
} from '../../functions/wire/as-of.ts';

const of = (text: string) => parseAsOf(text) ?? assert.fail(text);

test('versions compare by length, then as text, beyond what a number holds', () => {
  assert.ok(compareVersions('9', '10') < 0);
  assert.ok(compareVersions('340282366920938463463374607431768211455', '9') > 0);
  assert.equal(compareVersions('7', '7'), 0);
});

test('a position is told and read, collections sorted', () => {
  assert.equal(formatAsOf(of('pods/b:3-4 configmaps/lb:1-2')), 'configmaps/lb:1-2 pods/b:3-4');
  assert.equal(formatAsOf(of('')), '');
  for (const bad of ['pods', 'pods:1', 'pods:01-2', 'pods:1-2;', 'pods:-1-2', 'PODS:1-2'])
    assert.equal(parseAsOf(bad), undefined, bad);
});

test('a replica has reached a poller where its hi is at or after the lo that the poller saw', () => {
  assert.ok(hasReached(of('pods:5-10'), of('pods:10-99')));
  assert.ok(!hasReached(of('pods:5-9'), of('pods:10-10')));
  assert.ok(hasReached(of('pods:5-9'), of('secrets:10-10')), 'a collection it does not watch');
});

test('merging keeps the later of each', () => {
  const merged = mergeAsOf(of('a:9-10 b:1-1'), of('a:10-10 c:2-3'));
  assert.equal(formatAsOf(merged), 'a:10-10 b:1-1 c:2-3');
});
