import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { HAPROXY } from '../kit/haproxy.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { EXAMPLES } from './example.ts';

const examples = join(import.meta.dirname, '..', '..', '..', 'examples');

test('each example has tests of its own, and they pass', () => {
  const words = [PROGRAMS.service, 'test', '--from', examples, '-o', 'json', '--haproxy', HAPROXY];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal(stderr, '');
  const { files, tests, pass } = JSON.parse(stdout);
  const paths = EXAMPLES.map((name) => join(examples, name, 'tests', 'tests.yaml'));
  assert.deepEqual(
    files.map((file: { path: string }) => file.path),
    paths,
  );
  assert.ok(tests >= 3 * EXAMPLES.length);
  assert.equal(pass, tests, stdout);
});
