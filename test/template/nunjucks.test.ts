import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const MODULE = new URL('../../functions/template/nunjucks.js', import.meta.url).href;

test('the methods of texts are as fast as without nunjucks', () => {
  const script = `await import(${JSON.stringify(MODULE)}); process.stdout.write(String(%HasFastProperties(String.prototype)));`;
  const { stdout } = spawnSync(
    process.execPath,
    ['--allow-natives-syntax', '--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  assert.equal(stdout, 'true');
});
