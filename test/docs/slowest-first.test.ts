import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..');

test('npm test begins with the files that CONTRIBUTING.md names as the slowest, and leaves none out', (t) => {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const named = [...text.matchAll(/^\| `(test\/.*\.test)\.ts` \|/gm)].map(([, path]) => path ?? '');
  assert.equal(new Set(named).size, 15);
  for (const path of named) assert.ok(existsSync(join(root, `${path}.ts`)), path);
  const groups = mkdtempSync(join(root, 'dist', 'test', 'groups-asked-for-'));
  t.after(() => rmSync(groups, { recursive: true }));
  const printed = execFileSync('sh', [join(root, 'test', 'slowest-first.sh'), basename(groups)], {
    encoding: 'utf8',
  });
  const files = printed.trim().split('\n');
  assert.deepEqual(
    files.slice(0, named.length),
    named.map((path) => `dist/${path}.js`),
  );
  const all = execFileSync('find', ['dist/test', '-name', '*.test.js'], {
    cwd: root,
    encoding: 'utf8',
  });
  const run = files.flatMap((file) => {
    if (!file.startsWith(`dist/test/${basename(groups)}/`)) return file;
    const group = readFileSync(join(root, file), 'utf8');
    return [...group.matchAll(/^import '\.\.\/(.*)';$/gm)].map(([, path]) => `dist/test/${path}`);
  });
  assert.deepEqual(run.toSorted(), all.trim().split('\n').sort());
});
