import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { folder } from '../kit/folder.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

const run = promisify(execFile);
const ROOT = resolve('.');
/** What tests read beside what is built. */
const BESIDE = ['node_modules', 'package.json', 'examples', 'k8s', 'docs'];

/** The project as it is built, of which files can be replaced; nothing is copied. */
async function copy(): Promise<string> {
  const home = await folder();
  await run('cp', ['-al', join(ROOT, 'dist'), join(home, 'dist')]);
  for (const name of BESIDE) symlinkSync(join(ROOT, name), join(home, name));
  return home;
}

function build(source: string): string {
  const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'node20' });
  return code.replaceAll(/(from\s*"\.[^"]*)\.ts"/g, '$1.js"');
}

/** Whether all tests pass with the file as it is given. */
async function pass(home: string, { file, tests }: Mutant, source: string): Promise<boolean> {
  const built = join(home, 'dist', file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(built), { recursive: true });
  // Another file of that name: the one that it was a link to stays.
  rmSync(built, { force: true });
  writeFileSync(built, build(source));
  const files = tests.map((name) => join('dist/test', `${name}.test.js`));
  const ended = run(process.execPath, ['--test', ...files], {
    cwd: home,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    maxBuffer: 1e9,
  });
  return await ended.then(
    () => true,
    () => false,
  );
}

for (const mutant of MUTANTS)
  test(`a test notices where it does not hold that ${mutant.breaks}`, async () => {
    const { file, text, by } = mutant;
    const source = readFileSync(join(ROOT, file), 'utf8');
    assert.equal(source.split(text).length, 2, 'what is to be broken is there once');
    const home = await copy();
    assert.ok(await pass(home, mutant, source), 'as it is, the tests pass');
    assert.ok(
      !(await pass(
        home,
        mutant,
        source.replace(text, () => by),
      )),
      'broken, one fails',
    );
  });
