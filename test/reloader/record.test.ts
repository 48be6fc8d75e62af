import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatAsOf } from '../../functions/wire/as-of.ts';
import { formatMemory, openRecord, parseMemory } from '../../reloader/disk/record.ts';
import { folder } from '../kit/folder.ts';

const etag = `sha256:${'a'.repeat(64)}`;

test('the memory reads back as it was written', () => {
  const memory = {
    lastGood: etag,
    applying: etag,
    retired: { etag, lines: [7, 9] },
    held: {
      process: '7@1767225600',
      servers: [
        {
          backend: 'b',
          name: 'a',
          since: '2026-01-01T00:00:00Z',
          state: 'drain' as const,
          weight: 3,
        },
      ],
    },
    asOf: { 'pods/shop': { lo: '1', hi: '2' } },
    refused: [{ etag, at: '2026-01-01T00:00:00Z', code: 'c', reason: 'r', errors: [] }],
  };
  assert.deepEqual(
    JSON.parse(formatMemory(parseMemory(formatMemory(memory)))),
    JSON.parse(formatMemory(memory)),
  );
});

test('what is not understood counts as not known', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{"lastGood":"../x","refused":{},"asOf":"?","retired":{"etag":"x"}}',
    '{',
  ])
    assert.equal(formatMemory(parseMemory(text)), formatMemory({ asOf: {}, refused: [] }), text);
});

test('whoever writes parts of the memory at the same time undoes nothing of the others', async () => {
  const path = join(await folder(), 'state.json');
  const record = await openRecord(path);
  const refused = [{ etag, at: '2026-01-01T00:00:00Z', code: 'c', reason: 'r', errors: [] }];
  const held = { process: '7@1767225600', servers: [] };
  const asOf = { 'pods/shop': { lo: '1', hi: '2' } };
  record.origin(etag, etag);
  await Promise.all([
    record.update({ asOf }),
    record.update({ refused }),
    record.mark(etag),
    record.update({ held }),
    record.update({ lastGood: etag }),
  ]);
  const all = { asOf, refused, applying: etag, held, lastGood: etag, revision: etag };
  assert.deepEqual(record.memory, all);
  const reopened = await openRecord(path);
  assert.equal(reopened.memory.applying, etag);
  assert.deepEqual(
    formatMemory(reopened.memory),
    formatMemory(parseMemory(JSON.stringify({ ...all, asOf: formatAsOf(asOf) }))),
  );
});

test('what is being applied is told until it is done, by one that was killed at any moment', async () => {
  const path = join(await folder(), 'state.json');
  const other = `sha256:${'b'.repeat(64)}`;
  const record = await openRecord(path);
  const applying = async () => (await openRecord(path)).memory.applying;
  assert.equal(await applying(), undefined);
  await record.mark(etag);
  assert.equal(await applying(), etag);
  await record.update({ asOf: {} });
  assert.equal(await applying(), etag, 'other parts leave it');
  await record.mark(other);
  assert.equal(await applying(), other);
  await record.update({ lastGood: other, applying: undefined });
  assert.equal(await applying(), undefined);
  assert.equal((await openRecord(path)).memory.lastGood, other);
});

test('what an earlier version noted of a change that it was killed in counts', async () => {
  const path = join(await folder(), 'state.json');
  await writeFile(path, JSON.stringify({ lastGood: etag, applying: etag, asOf: '', refused: [] }));
  const record = await openRecord(path);
  assert.equal(record.memory.applying, etag);
  await record.update({ applying: undefined });
  assert.equal((await openRecord(path)).memory.applying, undefined);
});
