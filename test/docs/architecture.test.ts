import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/architecture.md');

test('each invariant is guarded by a test that there is', () => {
  const guards = [...page.matchAll(/^\| .* \| `(test\/[^`]+)`: (.+) \|$/gm)];
  assert.ok(guards.length > 5);
  for (const [, file = '', title = ''] of guards)
    assert.ok(read(file).includes(title), `${file} has no test "${title}"`);
});

test('the files that it names are there', () => {
  const named = [...page.matchAll(/`((?:functions|reloader)\/[^`]+\.ts)`/g)];
  for (const [, file = ''] of named) assert.ok(existsSync(join(root, file)), file);
});

test('the index has every page', () => {
  const index = read('docs/README.md');
  const pages = readdirSync(join(root, 'docs')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  for (const name of pages) assert.ok(index.includes(`](${name})`), name);
});

test('CONTRIBUTING.md says what each folder of functions/ is', () => {
  const [, table = ''] = read('CONTRIBUTING.md').split(
    '| in `functions/` | content |\n|---|---|\n',
  );
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n');
  const named = rows.flatMap((row) => row.split('|')[1]?.match(/[a-z]+/g) ?? []);
  const entries = readdirSync(join(root, 'functions'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(named.sort(), folders.sort());
});
