import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../functions/core/objects.ts';
import type { ApiObject } from '../../functions/kubernetes/object.ts';
import { Shelf } from '../../functions/kubernetes/shelf.ts';

const object = (name: string, version: number, uid = name): ApiObject => ({
  key: { kind: 'pods', namespace: 'shop', name },
  version: String(version),
  uid,
  json: new Uint8Array(),
});
const show = (changes: readonly Change[]) => changes.map(({ type, name }) => `${type} ${name}`);

function read(shelf: Shelf, objects: readonly ApiObject[], version: number): string[] {
  const listing = shelf.beginList();
  return show([...objects.flatMap((o) => listing.take(o)), ...listing.end(String(version))]);
}
const at = ({ position }: Shelf) => position && `${position.lo}-${position.hi}`;

test('the first list is told as it comes; where it fails, the next tells the difference alone', () => {
  const shelf = new Shelf({ isSingle: false });
  const failed = shelf.beginList();
  assert.deepEqual(show(failed.take(object('a', 1))), ['put a']);
  assert.deepEqual(show(failed.take(object('b', 2))), ['put b']);
  assert.equal(shelf.position, undefined, 'nobody relies on half of it');
  assert.deepEqual(read(shelf, [object('a', 1), object('c', 3)], 9), ['put c', 'delete b']);
  assert.equal(at(shelf), '9-9');
});

test('a later list is told as one step, deletions first', () => {
  const shelf = new Shelf({ isSingle: false });
  read(shelf, [object('a', 1), object('b', 2), object('c', 3)], 5);
  const listing = shelf.beginList();
  for (const o of [object('a', 1), object('c', 7, 'anew'), object('d', 8)])
    assert.deepEqual(listing.take(o), []);
  assert.deepEqual(show(listing.end('9')), ['delete b', 'delete c', 'put c', 'put d']);
});

for (const [what, list, position] of [
  ['nothing changed: lo stays', [object('a', 1), object('b', 2)], '5-9'],
  ['puts alone: lo is the last of them', [object('a', 7), object('b', 2), object('c', 6)], '7-9'],
  ['a deletion, whose version nobody tells: lo is that of the list', [object('a', 7)], '9-9'],
  ['an object made anew: its deletion counts', [object('a', 1), object('b', 7, 'anew')], '9-9'],
] as const)
  test(`the position after a list: ${what}`, () => {
    const shelf = new Shelf({ isSingle: false });
    read(shelf, [object('a', 1), object('b', 2)], 5);
    read(shelf, list, 9);
    assert.equal(at(shelf), position);
  });

test('events move lo and hi, bookmarks hi alone', () => {
  const shelf = new Shelf({ isSingle: false });
  read(shelf, [object('a', 1)], 5);
  shelf.advance('6');
  assert.equal(at(shelf), '5-6');
  shelf.put(object('b', 7));
  assert.equal(at(shelf), '7-7');
  assert.deepEqual(show(shelf.delete(object('b', 8))), ['delete b']);
  assert.equal(at(shelf), '8-8');
  assert.deepEqual(shelf.delete(object('never known', 9)), []);
  assert.equal(at(shelf), '9-9');
});

test('a list from before what is known is refused; without trust everything in it is new', () => {
  const shelf = new Shelf({ isSingle: false });
  read(shelf, [object('a', 1), object('b', 2)], 50);
  assert.throws(() => read(shelf, [object('a', 1)], 9), { code: 'kubernetes-rewound' });
  shelf.distrust();
  assert.deepEqual(read(shelf, [object('a', 1)], 9), ['delete b', 'put a']);
  assert.equal(at(shelf), '9-9');
});

test('of a single object the version is exact from the first list on, unless it is not there', () => {
  const shelf = new Shelf({ isSingle: true });
  read(shelf, [object('config', 3)], 9);
  assert.equal(at(shelf), '3-9', 'a replica that is new asks no more of the others than it must');
  read(shelf, [object('config', 12, 'anew')], 15);
  assert.equal(at(shelf), '12-15');
  read(shelf, [], 20);
  assert.equal(at(shelf), '20-20');
});
