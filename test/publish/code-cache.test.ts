import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { RENDERER_BUNDLE, v8Flags } from '../../functions/renderer/process.ts';
import { folder } from '../kit/folder.ts';
import { DEFAULT_MEMORY_MB } from './start.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const WRITER = join(root, 'dist', 'functions', 'renderer', 'write-code-cache.js');
const EXAMPLE = join(root, 'examples', 'basic', 'config.yaml');
const FLAGS = v8Flags(DEFAULT_MEMORY_MB);

async function writeCodeCache(): Promise<string> {
  const file = join(await folder(), 'code-cache');
  execFileSync(process.execPath, [...FLAGS, WRITER, RENDERER_BUNDLE, file, EXAMPLE]);
  return file;
}

/** Whether V8 takes a code cache in a process of these flags. */
function isTaken(file: string, flags: readonly string[], codeCache = 'cache'): boolean {
  const program = `
    const [, bundle, file] = process.argv;
    const source = require('node:module').wrap(fs.readFileSync(bundle, 'utf8'));
    const cache = fs.readFileSync(file);
    !new vm.Script(source, { cachedData: ${codeCache} }).cachedDataRejected`;
  const args = [...flags, '--print', program, RENDERER_BUNDLE, file];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim() === 'true';
}

test('V8 takes the code cache of a process with the same flags, whole, and compiles in place of any other', async () => {
  const file = await writeCodeCache();
  assert.ok(isTaken(file, FLAGS));
  assert.ok(!isTaken(file, v8Flags(DEFAULT_MEMORY_MB + 1)));
  assert.ok(!isTaken(file, FLAGS, 'cache.subarray(0, cache.length - 8)'));
});
