import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMemory, parseMemory } from '../../reloader/disk/record.ts';

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
