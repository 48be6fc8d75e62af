import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const SOURCES = [
  'functions',
  'reloader',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'sbom.js',
];

/** Builds the sources of an image in a place of its own; gives the hash of each file that comes of it. */
async function build(...path: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const home = join(await folder(), ...path);
  mkdirSync(home, { recursive: true });
  for (const name of SOURCES) cpSync(join(root, name), join(home, name), { recursive: true });
  // Whatever is linked has the path that it really lies at.
  cpSync(join(root, 'node_modules'), join(home, 'node_modules'), { recursive: true });
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: home });
  execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: home });
  const dist = join(home, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(dist, name)).isFile())
    .sort();
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(dist, name)))
      .digest('hex');
  return new Map(files.map((name) => [name, hash(name)]));
}

test('the same sources give the same bytes, wherever they are built', async () => {
  const one = await build('a');
  assert.ok(one.has('functions/kubernetes-haproxy.js') && one.has('sbom.cdx.json'));
  assert.deepEqual(await build('much', 'deeper'), one);
});
