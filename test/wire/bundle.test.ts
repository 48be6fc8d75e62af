import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bundleFile,
  formatBundle,
  hashFiles,
  makeBundle,
  parseBundle,
} from '../../functions/wire/bundle.ts';

const files = [
  bundleFile('haproxy.cfg', 'global\n'),
  bundleFile('ssl/a.pem', 'PEM'),
  bundleFile('files/hosts.map', 'a b\n'),
];
const text = formatBundle(makeBundle(files, { 'configmaps/lb': { lo: '9', hi: '10' } }));

test('what is sent is what is read', () => {
  const read = parseBundle(text);
  assert.equal(formatBundle(read), text);
  assert.deepEqual(
    read.files.map((f) => f.path),
    ['files/hosts.map', 'haproxy.cfg', 'ssl/a.pem'],
  );
});

test('the hash is of content alone, in any order of files', () => {
  const file = fc.record({ path: fc.stringMatching(/^[a-z]{1,8}$/), content: fc.string() });
  fc.assert(
    fc.property(fc.uniqueArray(file, { selector: (f) => f.path }), (some) => {
      const made = some.map((f) => bundleFile(f.path, f.content));
      assert.equal(hashFiles(made.toReversed()), hashFiles(made));
    }),
  );
});

const BYTES = Buffer.from([0, 0xff, 0x80, 10, 0]);
const binary = {
  path: 'ssl/a.pem.ocsp',
  mode: 0o600,
  sha256: createHash('sha256').update(BYTES).digest('hex'),
  content: BYTES.toString('base64'),
  encoding: 'base64',
} as const;

test('bytes that are no text are sent as base64, with the hash of the bytes', () => {
  const sent = formatBundle(makeBundle([...files, binary], {}));
  assert.deepEqual(
    parseBundle(sent).files.find(({ path }) => path === binary.path),
    binary,
  );
  // To whoever takes them for text, their hash is wrong.
  const misread = sent.replace(',"encoding":"base64"', '');
  assert.throws(() => parseBundle(misread), { code: 'bundle-hash' });
  const unknown = sent.replace('"encoding":"base64"', '"encoding":"base85"');
  assert.throws(() => parseBundle(unknown), { code: 'bundle-schema', message: /base85/ });
});

type Loose = Record<string, unknown> & { files: object[] };
const edited = (change: object) => (b: Loose) => ({
  ...b,
  files: [{ ...b.files[0], ...change }, ...b.files.slice(1)],
});

const BAD: [reason: string, code: string, change: (bundle: Loose) => unknown][] = [
  ['another schema', 'bundle-schema', (b) => ({ ...b, schema: 2 })],
  ['null', 'bundle-schema', () => null],
  ['no position', 'bundle-schema', (b) => ({ ...b, asOf: 'yesterday' })],
  ['no configuration', 'bundle-schema', (b) => ({ ...b, files: [] })],
  ['content that does not have its hash', 'bundle-hash', edited({ content: 'x' })],
  ['a mode that the etag does not cover', 'bundle-hash', edited({ mode: 0o777 })],
  ['another etag', 'bundle-hash', (b) => ({ ...b, etag: `sha256:${'0'.repeat(64)}` })],
  ['a path that climbs out', 'bundle-path', edited({ path: '../x' })],
  ['a path that climbs out later', 'bundle-path', edited({ path: 'a/../../x' })],
  ['an absolute path', 'bundle-path', edited({ path: '/etc/passwd' })],
  ['a newline in a name', 'bundle-path', edited({ path: 'a\nb' })],
  ['a NUL in a name', 'bundle-path', edited({ path: 'a\0b' })],
  ['a hidden name', 'bundle-path', edited({ path: '.last-good' })],
  ['an option for a name', 'bundle-path', edited({ path: '-f' })],
  ['a file twice', 'bundle-path', (b) => ({ ...b, files: [...b.files, ...b.files] })],
  [
    'a file that is a folder too',
    'bundle-path',
    (b) => ({ ...b, files: [...b.files, bundleFile('files', 'x')] }),
  ],
  ['null for a file', 'bundle-path', (b) => ({ ...b, files: [null] })],
];

for (const [reason, code, change] of BAD)
  test(`refused: ${reason}`, () => {
    const bad = JSON.stringify(change(JSON.parse(text)));
    assert.throws(() => parseBundle(bad), { name: 'BundleError', code });
  });

test('refused: a bundle cut short anywhere', () => {
  for (let length = 0; length < text.length; length++)
    assert.throws(() => parseBundle(text.slice(0, length)), { code: 'bundle-syntax' });
});
