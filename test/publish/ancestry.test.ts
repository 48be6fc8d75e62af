import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Ancestry, beginAncestry } from '../../functions/publish/ancestry.ts';
import { type Bundle, bundleFile, makeBundle, verifyBundle } from '../../functions/wire/bundle.ts';
import { applyDelta, parseDelta } from '../../functions/wire/delta.ts';

const LINES = Array.from({ length: 500 }, (_, i) => `    server pod-${i} 10.0.0.${i % 250}:80`);
const bundleOf = (lines: readonly string[], key = 'KEY') =>
  makeBundle([bundleFile('haproxy.cfg', lines.join('\n')), bundleFile('ssl/a.pem', key)], {});
const changed = (i: number) => bundleOf(LINES.with(i, `    server new-${i} 10.0.1.1:80`));

/** What a poller makes of a patch and the bundle that it has. */
function patched(ancestry: Ancestry, base: Bundle): Bundle | undefined {
  const patch = ancestry.patch(base.etag);
  if (patch === undefined) return undefined;
  assert.equal(patch.base, base.etag);
  if (patch.gzip) assert.deepEqual(gunzipSync(patch.gzip), Buffer.from(patch.bytes));
  const files = applyDelta(base.files, parseDelta(Buffer.from(patch.bytes).toString()));
  return verifyBundle({ ...ancestry.bundle, files });
}

/** Bundles one after the other, and the ancestry of the last. */
function line(bundles: readonly [Bundle, ...Bundle[]]): Ancestry {
  const [first, ...others] = bundles;
  return others.reduce((ancestry, bundle) => ancestry.succeed(bundle), beginAncestry(first));
}

test('from each of the last eight bundles there is a patch, and none from older or unknown ones', () => {
  const bundles = Array.from({ length: 12 }, (_, i) => changed(i)) as [Bundle, ...Bundle[]];
  const ancestry = line(bundles);
  const known = bundles.map((base) => patched(ancestry, base));
  const newest = bundles.at(-1);
  assert.deepEqual(known.slice(3, 11), Array(8).fill(newest));
  assert.deepEqual([...known.slice(0, 3), known[11]], Array(4).fill(undefined));
  assert.equal(ancestry.patch('sha256:unknown'), undefined);
});

test('a patch is made once, and is no longer than what changed', () => {
  const [old, now] = [changed(1), changed(2)];
  const ancestry = line([old, now]);
  const patch = ancestry.patch(old.etag);
  assert.equal(ancestry.patch(old.etag), patch);
  assert.ok((patch?.bytes.byteLength ?? 0) < 250, String(patch?.bytes.byteLength));
  assert.equal(patch?.gzip, undefined);
});

test('a long patch is gzipped', () => {
  const old = bundleOf(LINES);
  const now = bundleOf(LINES.map((text, i) => (i % 20 === 0 ? `${text} weight 7` : text)));
  const ancestry = line([old, now]);
  assert.ok(ancestry.patch(old.etag)?.gzip);
  assert.deepEqual(patched(ancestry, old), now);
});

test('where most is new there is no patch, from what was before neither', () => {
  const old = [changed(1), changed(2)] as const;
  const other = bundleOf(LINES.map((text) => `${text} weight 7`));
  const next = bundleOf(LINES.map((text) => `${text} weight 7`).with(3, ''));
  const ancestry = line([...old, other, next]);
  assert.deepEqual(
    old.map(({ etag }) => ancestry.patch(etag)),
    [undefined, undefined],
  );
  assert.deepEqual(patched(ancestry, other), next);
});

test('what comes back is no ancestor of itself', () => {
  const [a, b, c] = [changed(1), changed(2), changed(3)];
  const ancestry = line([a, b, a, c, b]);
  assert.equal(ancestry.patch(b.etag), undefined);
  for (const base of [a, c]) assert.deepEqual(patched(ancestry, base), b);
});

test('a bundle of another line is learnt, and stays an ancestor', () => {
  const [a, other, next] = [changed(1), bundleOf(LINES.with(7, 'x'), 'OTHER KEY'), changed(3)];
  const ancestry = line([changed(0), a]);
  assert.equal(patched(ancestry, other), undefined);
  ancestry.learn(other);
  ancestry.learn(other);
  assert.deepEqual(patched(ancestry, other), a);
  const after = ancestry.succeed(next);
  for (const base of [changed(0), a, other]) assert.deepEqual(patched(after, base), next);
});
