import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The packages of the table below a head. */
function reasoned(head: string): readonly string[] {
  const [, table = ''] = text.split(`| ${head} | why |\n`);
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(1);
  return rows.flatMap((row) => (row.split('|')[1] ?? '').split(',').map((name) => name.trim()));
}

for (const [head, dependencies] of [
  ['package', manifest.dependencies],
  ['for development', manifest.devDependencies],
] as const)
  test(`CONTRIBUTING.md gives a reason for each dependency: ${head}`, () => {
    const names = Object.keys(dependencies).map((name) =>
      name.startsWith('@types/') ? '@types/*' : name,
    );
    assert.deepEqual([...reasoned(head)].sort(), [...new Set(names)].sort());
  });
