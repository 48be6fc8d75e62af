import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashOf, makeBundle } from '../../functions/wire/bundle.ts';
import { openReleases } from '../../reloader/disk/releases.ts';
import { folder } from '../kit/folder.ts';
import { bundleOf } from '../kit/renderer.ts';

test('a release reads back as its bundle, with and without a last line break', async () => {
  const releases = await openReleases(await folder());
  for (const config of ['', 'a', 'a\n', 'a\n\n', '\n']) {
    const bundle = bundleOf(config, { 'files/x': 'é\n', 'files/deep/y': '' });
    await releases.stage(bundle);
    const read = await releases.read(bundle.etag);
    assert.deepEqual(read, { etag: bundle.etag, files: bundle.files }, JSON.stringify(config));
  }
});

test('a release that takes state from a file names the one of the state folder, unless it names its own', async () => {
  const dir = await folder();
  const asks = 'defaults\n  load-server-state-from-file global';
  const line = `\n  server-state-file ${join(dir, 'servers.state')}\n`;
  const [with_, without] = [asks, `global\n  server-state-file /own\n${asks}`].map((text) =>
    bundleOf(text),
  );
  const writers = [await openReleases(dir), await openReleases(dir, join(dir, 'worker.sock'))];
  for (const releases of writers)
    for (const [bundle, is] of [
      [with_, true],
      [without, false],
    ] as const) {
      if (bundle === undefined) assert.fail();
      await rm(join(dir, 'releases', bundle.etag.slice(7)), { recursive: true, force: true });
      await releases.stage(bundle);
      for (const path of [
        join(dir, 'releases', bundle.etag.slice(7), 'haproxy.cfg'),
        await releases.layOut({ etag: bundle.etag, files: bundle.files }),
      ])
        assert.equal((await readFile(path, 'utf8')).includes(line), is, path);
      // By whichever reloader it was written, one with a worker's socket reads it.
      assert.deepEqual(await writers[1]?.read(bundle.etag), {
        etag: bundle.etag,
        files: bundle.files,
      });
    }
});

test('a release with a file lost or changed is none, and staging it again mends it', async () => {
  const dir = await folder();
  const releases = await openReleases(dir);
  const bundle = bundleOf('a\n', { 'files/x': 'x' });
  const file = (path: string) => join(dir, 'releases', bundle.etag.slice(7), path);
  const damages = [
    () => appendFile(file('haproxy.cfg'), '\n'),
    () => writeFile(file('haproxy.cfg'), 'a\n'),
    () => writeFile(file('files/x'), 'y'),
    () => rm(file('files/x')),
    () => writeFile(file('.manifest.json'), '[]'),
    () => rm(file('.manifest.json')),
  ];
  for (const damage of damages) {
    await releases.stage(bundle);
    await damage();
    assert.equal(await releases.read(bundle.etag), undefined, damage.toString());
  }
  await releases.stage(bundle);
  assert.notEqual(await releases.read(bundle.etag), undefined);
});

test('what is laid out to be checked leads nowhere through current', async () => {
  const dir = await folder();
  const releases = await openReleases(dir);
  const { current } = releases;
  const bundle = bundleOf(
    `crt ${current}/ssl/a.pem\npath ${current}\nother ${current}-2 ${current}2/x\n`,
    {
      'files/list': `${current}/ssl/a.pem [verify none]\n`,
      'ssl/a.pem': 'PEM',
    },
  );
  await releases.stage(bundle);
  const config = await releases.layOut({ etag: bundle.etag, files: bundle.files });
  const staging = join(dir, 'staging');
  const text = await readFile(config, 'utf8');
  assert.ok(
    text.startsWith(
      `crt ${staging}/ssl/a.pem\npath ${staging}\nother ${current}-2 ${current}2/x\n`,
    ),
  );
  assert.equal(
    await readFile(join(staging, 'files/list'), 'utf8'),
    `${staging}/ssl/a.pem [verify none]\n`,
  );
  assert.equal(await readFile(join(staging, 'ssl/a.pem'), 'utf8'), 'PEM');
});

test('pruning keeps what it is told to and removes what a crash left', async () => {
  const dir = await folder();
  const releases = await openReleases(dir);
  const [a, b] = [bundleOf('a'), bundleOf('b')];
  for (const bundle of [a, b]) await releases.stage(bundle);
  await writeFile(join(dir, 'releases', '.left'), '');
  await releases.point(a.etag);
  assert.equal(await releases.pointed(), a.etag);
  await releases.prune([a.etag]);
  assert.deepEqual(await readdir(join(dir, 'releases')), [a.etag.slice(7)]);
  await releases.unpoint();
  assert.equal(await releases.pointed(), undefined);
});

test('a file that the current release has is linked, one that differs is written', async () => {
  const dir = await folder();
  const releases = await openReleases(dir);
  const one = bundleOf('a\n', { 'ssl/a.pem': 'A', 'ssl/b.pem': 'B' });
  const two = bundleOf('a\n', { 'ssl/a.pem': 'A', 'ssl/b.pem': 'C' });
  await releases.stage(one);
  await releases.point(one.etag);
  await releases.stage(two);
  const inode = async ({ etag }: { etag: string }, path: string) =>
    (await stat(join(dir, 'releases', etag.slice(7), path))).ino;
  assert.equal(await inode(one, 'ssl/a.pem'), await inode(two, 'ssl/a.pem'));
  assert.notEqual(await inode(one, 'ssl/b.pem'), await inode(two, 'ssl/b.pem'));
  assert.notEqual(await inode(one, 'haproxy.cfg'), await inode(two, 'haproxy.cfg'));
  await releases.point(two.etag);
  await releases.prune([two.etag]);
  assert.deepEqual((await releases.read(two.etag))?.files, two.files);
});

test('bytes that are no text lie on the disk as they are, for HAProxy alone, and read back', async () => {
  const dir = await folder();
  const releases = await openReleases(dir);
  const bytes = Buffer.from([0x30, 0x80, 0xff, 0, 10, 0]);
  const content = bytes.toString('base64');
  const encoding = 'base64';
  const path = 'ssl/a.pem.ocsp';
  const staple = {
    path,
    mode: 0o600,
    sha256: hashOf({ content, encoding }),
    content,
    encoding,
  } as const;
  const { files } = bundleOf('a\n', { 'ssl/a.pem': 'PEM' });
  const bundle = makeBundle([...files, staple], {});
  await releases.stage(bundle);
  const file = join(dir, 'releases', bundle.etag.slice(7), path);
  assert.deepEqual(await readFile(file), bytes);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await releases.read(bundle.etag), { etag: bundle.etag, files: bundle.files });
  await releases.layOut(bundle);
  assert.deepEqual(await readFile(join(dir, 'staging', path)), bytes);

  // The next release links what is the same.
  await releases.point(bundle.etag);
  const next = makeBundle([...bundleOf('b\n', { 'ssl/a.pem': 'PEM' }).files, staple], {});
  await releases.stage(next);
  const linked = join(dir, 'releases', next.etag.slice(7), path);
  assert.equal((await stat(linked)).ino, (await stat(file)).ino);
  assert.deepEqual(await releases.read(next.etag), { etag: next.etag, files: next.files });

  await writeFile(linked, content);
  assert.equal(await releases.read(next.etag), undefined);
});
