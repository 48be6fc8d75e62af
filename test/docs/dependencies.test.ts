import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** The lines of the files that a cell names; `*.ts` stands for all in a folder. */
function linesOf(cell: string): number {
  const named = [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
  const files = named.flatMap((path) =>
    path.endsWith('/*.ts')
      ? readdirSync(join(root, dirname(path))).map((file) => join(dirname(path), file))
      : [path],
  );
  const texts = files.map((file) => readFileSync(join(root, file), 'utf8'));
  return texts.join('').split('\n').length - 1;
}

test('CONTRIBUTING.md names what is written by hand, and how much it is, to a third', () => {
  const [, table = ''] = text.split(
    '| part | files | lines | package | | why |\n|---|---|---|---|---|---|\n',
  );
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n');
  assert.ok(rows.length > 10);
  for (const row of rows) {
    const [, part, files = '', lines, , verdict, why = ''] = row
      .split('|')
      .map((cell) => cell.trim());
    const real = linesOf(files);
    assert.ok(Math.abs(real - Number(lines)) <= real / 3, `${part}: ${lines} lines, not ${real}`);
    assert.match(verdict ?? '', /^(?:keep|swap)$/);
    assert.ok(why.length > 20, part);
  }
});
