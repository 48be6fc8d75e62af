import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { CODE_CACHE, RENDERER_BUNDLE, v8Flags } from '../../functions/renderer/process.ts';
import { DEFAULT_MEMORY_MB } from './start.ts';

/** Whether V8 takes the code cache in a process of these flags. */
function isTaken(flags: readonly string[], codeCache = 'cache'): boolean {
  const program = `
    const [, bundle, file] = process.argv;
    const source = require('node:module').wrap(fs.readFileSync(bundle, 'utf8'));
    const cache = fs.readFileSync(file);
    !new vm.Script(source, { cachedData: ${codeCache} }).cachedDataRejected`;
  const args = [...flags, '--print', program, RENDERER_BUNDLE, CODE_CACHE];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim() === 'true';
}

test('a renderer with the default memory starts from the code cache', () => {
  assert.ok(isTaken(v8Flags(DEFAULT_MEMORY_MB)));
});

test('V8 refuses it with other flags, or where it is cut short, and compiles', () => {
  assert.ok(!isTaken(v8Flags(DEFAULT_MEMORY_MB + 1)));
  assert.ok(!isTaken(v8Flags(DEFAULT_MEMORY_MB), 'cache.subarray(0, cache.length - 8)'));
});
