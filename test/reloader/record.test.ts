import assert from 'node:assert/strict';
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
  assert.deepEqual(
    formatMemory((await openRecord(path)).memory),
    formatMemory(parseMemory(JSON.stringify({ ...all, asOf: formatAsOf(asOf) }))),
  );
});
