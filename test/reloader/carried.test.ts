import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleFile, makeBundle } from '../../functions/wire/bundle.ts';
import { carriedPaths } from '../../reloader/disk/carried.ts';
import { openReleases } from '../../reloader/disk/releases.ts';
import { folder } from '../kit/folder.ts';

const current = '/state/current';
const carried = (config: string, files: readonly string[] = []) =>
  carriedPaths({
    files: [
      { path: 'haproxy.cfg', content: config },
      ...files.map((path) => ({ path, content: `${current}/ssl/list.pem\n` })),
    ],
    before: ['haproxy.cfg', 'files/map', 'ssl/a.pem', 'ssl/a', 'ssl/list.pem'],
    current,
  });

test('a certificate stays that the configuration, or a list, names by just its path', () => {
  assert.deepEqual(carried(`bind :1 ssl crt ${current}/ssl/a.pem\n`, ['ssl/b']), ['ssl/a.pem']);
  assert.deepEqual(carried(`bind :1 ssl crt ${current}/ssl/a alpn h2`, ['ssl/b']), ['ssl/a']);
  assert.deepEqual(carried(`crt ${current}/ssl/a.pem.old /ssl/a ${current}-2/ssl/a`), []);
  assert.deepEqual(carried('', ['files/certificates']), ['ssl/list.pem']);
  assert.deepEqual(carried(`map(${current}/files/map)`), [], 'nothing but certificates does');
});

test('a folder that is named and would be empty keeps what it had', () => {
  const all = ['ssl/a.pem', 'ssl/a', 'ssl/list.pem'];
  for (const end of ['', '/', '/ alpn h2'])
    assert.deepEqual(carried(`bind :1 ssl crt ${current}/ssl${end}`), all);
  assert.deepEqual(carried(`bind :1 ssl crt ${current}/ssl/`, ['ssl/b']), []);
  assert.deepEqual(carried(`bind :1 ssl crt ${current}/ssl-2/`), []);
});

test('what is carried over is no part of the hash, and is read back, and carried on', async () => {
  const releases = await openReleases(await folder());
  const config = (text: string) =>
    bundleFile('haproxy.cfg', `crt ${releases.current}/ssl/a.pem\n${text}\n`);
  const pem = bundleFile('ssl/a.pem', 'secret\n');
  const first = makeBundle([config('1'), pem], {});
  await releases.stage(first);
  let from = first.etag;
  for (const text of ['2', '3']) {
    const next = makeBundle([config(text)], {});
    const brought = await releases.carry(next, from);
    assert.equal(brought.etag, next.etag);
    assert.deepEqual(brought.files.at(-1), { ...pem, isCarried: true });
    await releases.stage(brought);
    assert.deepEqual((await releases.read(next.etag))?.files, brought.files);
    assert.deepEqual((await releases.carry(next, next.etag)).files, brought.files);
    from = next.etag;
  }
  const back = makeBundle([config('4'), pem], {});
  assert.deepEqual((await releases.carry(back, from)).files, back.files);
});
