import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../functions/core/objects.ts';
import type { ApiObject } from '../../functions/kubernetes/object.ts';
import { ReflectorStore } from '../../functions/kubernetes/reflector-store.ts';

const object = (name: string, version: number, uid = name): ApiObject => ({
  key: { kind: 'pods', namespace: 'shop', name },
  version: String(version),
  uid,
  json: new Uint8Array(),
});
const show = (changes: readonly Change[]) => changes.map(({ type, name }) => `${type} ${name}`);

function read(store: ReflectorStore, objects: readonly ApiObject[], version: number): string[] {
  const listing = store.beginList();
  return show([...objects.flatMap((o) => listing.take(o)), ...listing.end(String(version))]);
}
const at = ({ position }: ReflectorStore) => position && `${position.lo}-${position.hi}`;

test('the first list is told as it comes; where it fails, the next tells the difference alone', () => {
  const store = new ReflectorStore({ isSingle: false });
  const failed = store.beginList();
  assert.deepEqual(show(failed.take(object('a', 1))), ['put a']);
  assert.deepEqual(show(failed.take(object('b', 2))), ['put b']);
  assert.equal(store.position, undefined, 'nobody relies on half of it');
  assert.deepEqual(read(store, [object('a', 1), object('c', 3)], 9), ['put c', 'delete b']);
  assert.equal(at(store), '9-9');
});

test('a later list is told as one step, deletions first', () => {
  const store = new ReflectorStore({ isSingle: false });
  read(store, [object('a', 1), object('b', 2), object('c', 3)], 5);
  const listing = store.beginList();
  for (const o of [object('a', 1), object('c', 7, 'anew'), object('d', 8)])
    assert.deepEqual(listing.take(o), []);
  assert.deepEqual(show(listing.end('9')), ['delete b', 'delete c', 'put c', 'put d']);
});

test('after a list nobody knows when something was deleted last, nor what came and went: lo is that of the list', () => {
  for (const list of [
    [object('a', 1), object('b', 2)],
    [object('a', 7), object('b', 2), object('c', 6)],
    [object('a', 7)],
    [object('a', 1), object('b', 7, 'anew')],
  ]) {
    const store = new ReflectorStore({ isSingle: false });
    read(store, [object('a', 1), object('b', 2)], 5);
    read(store, list, 9);
    assert.equal(at(store), '9-9');
  }
});

test('events move lo and hi, bookmarks hi alone', () => {
  const store = new ReflectorStore({ isSingle: false });
  read(store, [object('a', 1)], 5);
  store.advance('6');
  assert.equal(at(store), '5-6');
  store.put(object('b', 7));
  assert.equal(at(store), '7-7');
  assert.deepEqual(show(store.delete(object('b', 8))), ['delete b']);
  assert.equal(at(store), '8-8');
  assert.deepEqual(store.delete(object('never known', 9)), []);
  assert.equal(at(store), '9-9');
});

test('a list from before what is known is refused; without trust everything in it is new', () => {
  const store = new ReflectorStore({ isSingle: false });
  read(store, [object('a', 1), object('b', 2)], 50);
  assert.throws(() => read(store, [object('a', 1)], 9), { code: 'kubernetes-rewound' });
  store.distrust();
  assert.deepEqual(read(store, [object('a', 1)], 9), ['delete b', 'put a']);
  assert.equal(at(store), '9-9');
});

test('of a single object the version is exact from the first list on, unless it is not there', () => {
  const store = new ReflectorStore({ isSingle: true });
  read(store, [object('config', 3)], 9);
  assert.equal(at(store), '3-9', 'a replica that is new asks no more of the others than it must');
  read(store, [object('config', 12, 'anew')], 15);
  assert.equal(at(store), '12-15');
  read(store, [], 20);
  assert.equal(at(store), '20-20');
});
