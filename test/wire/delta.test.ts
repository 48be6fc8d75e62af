import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type BundleFile,
  bundleFile,
  hashOf,
  makeBundle,
  verifyBundle,
} from '../../functions/wire/bundle.ts';
import {
  applyDelta,
  DeltaError,
  formatDelta,
  makeDelta,
  parseDelta,
} from '../../functions/wire/delta.ts';
import { diffLines, patchLines } from '../../functions/wire/lines.ts';

const line = fc.constantFrom('', 'a', 'b', 'c', '  mode http', 'é', '\u{1f600}', '\ud800', '\r');
const lines = fc.array(line, { maxLength: 12 });
const text = lines.map((all) => all.join('\n'));
/** Two texts of which one comes of the other by some edits. */
const edited = fc
  .tuple(
    fc.array(fc.nat(60), { maxLength: 80 }),
    fc.array(fc.tuple(fc.nat(80), fc.nat(5), lines), { maxLength: 4 }),
  )
  .map(([numbers, edits]) => {
    const old = numbers.map((n) => `server s${n}`);
    const now = [...old];
    for (const [at, removed, put] of edits) now.splice(at, removed, ...put);
    return [old.join('\n'), now.join('\n')] as const;
  });

test('a text is had from another and what differs by lines', () => {
  fc.assert(
    fc.property(fc.oneof(fc.tuple(text, text), edited), ([old, now]) => {
      assert.equal(patchLines(old, diffLines(old, now)), now);
    }),
    { numRuns: 2_000 },
  );
});

test('what stays is not said', () => {
  const numbers = Array.from({ length: 1_000 }, (_, i) => `server s${i}`);
  const now = numbers.toSpliced(990, 1).toSpliced(500, 1, 'server new').toSpliced(3, 0, 'first');
  assert.deepEqual(diffLines(numbers.join('\n'), now.join('\n')), [
    [3, 0, ['first']],
    [500, 1, ['server new']],
    [990, 1, []],
  ]);
});

test('a line among 10,000 is found in a moment, many in some', () => {
  const old = Array.from(
    { length: 30_000 },
    (_, i) => `    server pod-${i} 10.0.0.1:80 check inter 2s`,
  );
  const one = old.with(20_000, 'another');
  const many = old.map((text, i) => (i % 3 === 0 ? `${text} weight 2` : text));
  const took = (now: readonly string[]) => {
    const texts = [old.join('\n'), now.join('\n')] as const;
    const start = process.cpuUsage().user;
    const patch = diffLines(...texts);
    return { ms: (process.cpuUsage().user - start) / 1000, patch };
  };
  took(one);
  const single = took(one);
  assert.deepEqual(single.patch, [[20_000, 1, ['another']]]);
  assert.ok(single.ms < 20, `it took ${single.ms} ms`);
  const several = took(many);
  assert.equal(several.patch.length, 10_000);
  assert.ok(several.ms < 400, `it took ${several.ms} ms`);
});

const path = fc.constantFrom('haproxy.cfg', 'files/a.map', 'files/b', 'ssl/a.pem', 'ssl/b.pem');
const content = fc.oneof(
  text,
  edited.map(([old]) => old),
);
const files = fc
  .uniqueArray(fc.tuple(path, content, fc.constantFrom(0o600, 0o644)), {
    selector: ([name]) => name,
  })
  .map((all) => [
    ...(all.some(([name]) => name === 'haproxy.cfg') ? [] : [bundleFile('haproxy.cfg', 'global')]),
    ...all.map(([name, value, mode]) => bundleFile(name, value, mode)),
  ]);

const bundleOf = (all: readonly BundleFile[]) => makeBundle(all, {});

test('a bundle is had from another and a delta, whatever the two are', () => {
  fc.assert(
    fc.property(files, files, (old, now) => {
      const [base, bundle] = [bundleOf(old), bundleOf(now)];
      const delta = parseDelta(formatDelta(makeDelta(base.files, bundle.files)));
      const made = applyDelta(base.files, delta);
      assert.deepEqual(verifyBundle({ ...bundle, files: made }), bundle);
    }),
    { numRuns: 500 },
  );
});

test('files that the base has, under whatever path, and files that stay cost no content', () => {
  const stays = bundleFile('haproxy.cfg', 'global\n');
  const base = [stays, bundleFile('ssl/old.pem', 'KEY'), bundleFile('files/x', 'a\nb\n')];
  const now = [stays, bundleFile('ssl/new.pem', 'KEY'), bundleFile('files/x', 'a\nb\n', 0o644)];
  const { sha256: key } = bundleFile('', 'KEY');
  const { sha256: same } = bundleFile('', 'a\nb\n');
  assert.deepEqual(makeDelta(base, now).files, [
    { path: 'files/x', mode: 0o644, sha256: same },
    { path: 'ssl/new.pem', mode: 0o600, sha256: key },
    { path: 'ssl/old.pem', gone: true },
  ]);
});

const BASE = [bundleFile('haproxy.cfg', 'a\nb\nc')];
const of = (entry: unknown) => JSON.stringify({ schema: 1, files: [entry] });
const SYNTAX: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no object', 'null'],
  ['another schema', '{"schema":2,"files":[]}'],
  ['no files', '{"schema":1}'],
  ['a file that is none', of(null)],
  ['a path out of the folder', of({ path: '../x', gone: true })],
  ['nothing of a file', of({ path: 'haproxy.cfg' })],
  ['two things of a file', of({ path: 'haproxy.cfg', gone: true, lines: [] })],
  ['a mode that is none', of({ path: 'haproxy.cfg', mode: 0o7777, lines: [] })],
  ['gone that is not true', of({ path: 'haproxy.cfg', gone: 1 })],
  ['content without a mode', of({ path: 'x', content: '' })],
  ['a hash that is none', of({ path: 'x', mode: 0o600, sha256: 'abc' })],
  ['lines that are no list', of({ path: 'haproxy.cfg', lines: 'x' })],
  ['a hunk of two', of({ path: 'haproxy.cfg', lines: [[0, 1]] })],
  ['a hunk of four', of({ path: 'haproxy.cfg', lines: [[0, 1, [], 0]] })],
  ['a negative place', of({ path: 'haproxy.cfg', lines: [[-1, 1, []]] })],
  ['a fraction', of({ path: 'haproxy.cfg', lines: [[0.5, 1, []]] })],
  ['a place beyond numbers', of({ path: 'haproxy.cfg', lines: [[1e300, 1, []]] })],
  ['a line of two lines', of({ path: 'haproxy.cfg', lines: [[0, 1, ['x\ny']]] })],
  ['a line that is a number', of({ path: 'haproxy.cfg', lines: [[0, 1, [7]]] })],
];
for (const [what, text] of SYNTAX)
  test(`a delta with ${what} is none`, () => {
    assert.throws(() => parseDelta(text), { name: 'DeltaError', code: 'delta-syntax' });
  });

const OTHER_BASE: readonly (readonly [string, unknown])[] = [
  ['a file that is not there', { path: 'files/x', lines: [] }],
  ['one that goes and is not there', { path: 'files/x', gone: true }],
  ['a hash that nothing has', { path: 'files/x', mode: 0o600, sha256: 'a'.repeat(64) }],
  ['lines beyond the end', { path: 'haproxy.cfg', lines: [[3, 1, []]] }],
  [
    'lines out of order',
    {
      path: 'haproxy.cfg',
      lines: [
        [2, 1, []],
        [0, 1, []],
      ],
    },
  ],
  [
    'lines that overlap',
    {
      path: 'haproxy.cfg',
      lines: [
        [0, 2, []],
        [1, 1, []],
      ],
    },
  ],
];
for (const [what, entry] of OTHER_BASE)
  test(`a delta with ${what} is not of this base`, () => {
    const delta = parseDelta(of(entry));
    assert.throws(() => applyDelta(BASE, delta), { name: 'DeltaError', code: 'delta-base' });
  });

test('garbage in a delta makes no other bundle: it is refused, or changes nothing', () => {
  const base = bundleOf([bundleFile('haproxy.cfg', 'a\nb\nc\n'), bundleFile('ssl/a.pem', 'KEY')]);
  const bundle = bundleOf([bundleFile('haproxy.cfg', 'a\nB\nc\n'), bundleFile('ssl/b.pem', 'KEY')]);
  const whole = formatDelta(makeDelta(base.files, bundle.files));
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(3), fc.string({ maxLength: 3 }), (at, cut, put) => {
      const text = whole.slice(0, at) + put + whole.slice(at + cut);
      try {
        const made = applyDelta(base.files, parseDelta(text));
        assert.deepEqual(verifyBundle({ ...bundle, files: made }), bundle);
      } catch (error) {
        const { name } = error as Error;
        assert.ok(error instanceof DeltaError || name === 'BundleError', String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

test('bytes that are no text come, change, move and go', () => {
  const fileOf = (path: string, bytes: readonly number[]): BundleFile => {
    const content = Buffer.from(bytes).toString('base64');
    const encoding = 'base64';
    return { path, mode: 0o600, sha256: hashOf({ content, encoding }), content, encoding };
  };
  const config = bundleFile('haproxy.cfg', 'global\n');
  const [one, two] = [fileOf('a', [0, 255]), fileOf('a', [0, 254])];
  const text = bundleFile('a', one.content);
  const states = [[], [one], [two], [fileOf('b', [0, 254])], [text], [one], []];
  for (const [i, files] of states.slice(1).entries()) {
    const base = makeBundle([config, ...(states[i] ?? [])], {}).files;
    const { files: wanted, etag } = makeBundle([config, ...files], {});
    const made = applyDelta(base, parseDelta(formatDelta(makeDelta(base, wanted))));
    assert.deepEqual(verifyBundle({ etag, asOf: {}, files: made }).files, wanted);
  }
  const unknown = { schema: 1, files: [{ path: 'a', mode: 384, content: '', encoding: 'x' }] };
  assert.throws(() => parseDelta(JSON.stringify(unknown)), { code: 'delta-syntax' });
});
