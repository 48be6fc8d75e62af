import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSection, putSection, quantile, type Section } from './section.ts';

const section = (title: string, value: number): Section => ({
  title,
  note: 'A note.',
  head: ['what', 'ms'],
  rows: [['one', value]],
});

test('a section is a table of Markdown, aligned', () => {
  assert.equal(
    formatSection(section('A', 1234.56)),
    '## A\n\nA note.\n\n| what |      ms |\n| ---- | ------: |\n| one  | 1,234.6 |\n',
  );
});

test('a section replaces the one of its title, and no other', () => {
  let document = '# Benchmarks\n\nText.\n';
  for (const [title, value] of [
    ['A', 1],
    ['A longer one', 2],
    ['B', 3],
    ['A', 4],
  ] as const)
    document = putSection(document, section(title, value));
  const values = [...document.matchAll(/^## (.+)$|\| one {2}\| +(\d) \|/gm)].map(
    (m) => m[1] ?? m[2],
  );
  assert.deepEqual(values, ['A', '4', 'A longer one', '2', 'B', '3']);
  assert.equal(putSection(document, section('B', 3)), document);
});

for (const [share, expected] of [
  [0.5, 50],
  [0.99, 99],
  [1, 100],
] as const)
  test(`the quantile ${share} of 1 to 100 is ${expected}`, () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.equal(quantile(values, share), expected);
  });
