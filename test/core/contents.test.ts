import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diffIntents } from '../../functions/difference/patches.ts';
import { describeChange } from '../../functions/core/history-rows.ts';
import { Contents, digestOf, type IntentObject } from '../../functions/core/contents.ts';
import { feedsOf } from '../../functions/core/inputs/from-manifests.ts';
import { isIntentFeed } from '../../functions/core/inputs/input.ts';
import { changedUnits, hashIntent, holdBack, type Intent } from '../../functions/core/intent.ts';
import { objectsOf } from '../../functions/core/intent-objects.ts';
import { pack, unpack } from '../../functions/core/packing.ts';
import { packRevision, unpackRevision } from '../../functions/core/revision.ts';

const MOST_BYTES = 1_000_000;

const object = (text: string): IntentObject => ({
  digest: digestOf(text),
  packed: pack(Buffer.from(text)),
});
const textOf = ({ packed }: IntentObject) => Buffer.from(unpack(packed)).toString();
const shown = (contents: Contents) =>
  [...contents.entries()].map(([key, value]) => `${key}=${textOf(value)}`).sort();

const changes = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 300 }).map((n) => `shop/o${n}`),
    fc.option(fc.integer({ min: 0, max: 5 })),
  ),
  { maxLength: 60 },
);

test('contents are what a map is, whatever the order, and tell what differs', () => {
  fc.assert(
    fc.property(changes, changes, (first, second) => {
      const made = (list: typeof first) =>
        list.map(([key, n]) => [key, n === null ? undefined : object(`${n}`)] as const);
      const apply = (map: Map<string, string>, list: typeof first) => {
        for (const [key, n] of list) {
          if (n === null) map.delete(key);
          else map.set(key, `${n}`);
        }
        return map;
      };
      const expected = apply(new Map(), first);
      const one = Contents.EMPTY.with(made(first));
      const lines = (map: Map<string, string>) => [...map].map(([k, v]) => `${k}=${v}`).sort();
      assert.deepEqual(shown(one), lines(expected));
      const shuffled = [...expected].reverse().map(([key, n]) => [key, object(n)] as const);
      const other = shuffled.reduce((all, change) => all.with([change]), Contents.EMPTY);
      assert.equal(other.digest(), one.digest());
      assert.deepEqual(other.changedKeys(one), []);
      const next = one.with(made(second));
      const after = apply(new Map(expected), second);
      const keys = [...new Set([...expected.keys(), ...after.keys()])];
      assert.deepEqual(
        [...next.changedKeys(one)].sort(),
        keys.filter((key) => expected.get(key) !== after.get(key)).sort(),
      );
      assert.equal(next.digest() === one.digest(), next.changedKeys(one).length === 0);
      const read = Contents.read(next.write(), MOST_BYTES);
      assert.deepEqual(shown(read), shown(next));
      assert.equal(read.digest(), next.digest());
    }),
  );
});

test('contents that are no contents are not read', () => {
  assert.throws(() => Contents.read([], MOST_BYTES));
  const [first = '', ...others] = Contents.EMPTY.with([['a/b', object('x')]]).write();
  assert.throws(() => Contents.read([first, ...others.map(() => 'garbage')], MOST_BYTES));
});

const config = { template: 'x', 'inputs.yaml': 'a: {apiVersion: example.com/v1, kind: Thing}' };
const [id = assert.fail()] = feedsOf(config).map((feed) => feed.id);
const intentOf = (all: Readonly<Record<string, string>>): Intent => {
  if (!isIntentFeed(id)) return assert.fail();
  const list = Object.entries(all).map(([key, text]) => [key, object(text)] as const);
  return { services: {}, config, objects: new Map([[id, Contents.EMPTY.with(list)]]) };
};

test('a revision holds the objects that count, and no garbage in their place', () => {
  const intent = intentOf({ 'shop/a': '{"x":1}', '/b': '{}' });
  const hash = hashIntent(intent);
  const packed = packRevision({ hash, intent, at: '', by: [], held: [] });
  const read = unpackRevision(JSON.parse(JSON.stringify(packed)));
  assert.equal(read?.hash, hash);
  assert.deepEqual(changedUnits(intent, read.intent), []);
  assert.deepEqual(
    [...objectsOf(read.intent)].map(([, contents]) => shown(contents)),
    [['/b={}', 'shop/a={"x":1}']],
  );
  const other = packRevision({
    hash,
    intent: intentOf({ 'shop/a': '{"x":2}' }),
    at: '',
    by: [],
    held: [],
  });
  assert.equal(unpackRevision(JSON.parse(JSON.stringify(other))), undefined);
  const plain: Intent = { services: {}, config: { template: 'x' } };
  assert.equal(
    hashIntent({ ...plain, ...(intent.objects && { objects: intent.objects }) }),
    hashIntent(plain),
    'what no input names does not count',
  );
});

test('an object that is held back is as it was, or is not there', () => {
  const before = intentOf({ 'shop/a': '1', 'shop/b': '1' });
  const newest = intentOf({ 'shop/a': '2', 'shop/b': '2', 'shop/c': '2' });
  assert.deepEqual(changedUnits(before, newest), [
    'thing.example.com/shop/a',
    'thing.example.com/shop/b',
    'thing.example.com/shop/c',
  ]);
  const held = holdBack(
    newest,
    before,
    new Set(['thing.example.com/shop/a', 'thing.example.com/shop/c'] as const),
  );
  assert.deepEqual(
    [...objectsOf(held)].map(([, contents]) => shown(contents)),
    [['shop/a=1', 'shop/b=2']],
  );
  const { objects: _, ...unread } = newest;
  assert.deepEqual(changedUnits(before, unread), [], 'what is not known is no change');
  assert.equal(hashIntent(holdBack(unread, before, new Set())), hashIntent(before));
});

test('rollout history and rollout diff tell which objects differ', () => {
  const before = intentOf({ 'shop/a': '{"x":1}', 'shop/b': '{}' });
  const after = intentOf({ 'shop/a': '{"x":2}', '/c': '{}' });
  const told = describeChange(before, after);
  assert.equal(
    told,
    'objects +thing.example.com/c ~thing.example.com/shop/a -thing.example.com/shop/b',
  );
  const kept = (intent: Intent, number: number) => {
    const hash = hashIntent(intent);
    return { hash, intent, number, at: '', by: [], held: [] };
  };
  const diff = diffIntents(kept(before, 1), kept(after, 2));
  assert.match(diff, new RegExp(`/${id}/shop/a\\n`));
  assert.match(diff, /-\s+"x": 1\n\+\s+"x": 2\n/);
});
