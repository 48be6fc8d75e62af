import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkLightly, LIGHT_CHECK, LIGHT_CHECK_PATH } from '../../functions/wire/light-check.ts';
import { HAPROXY } from '../kit/haproxy.ts';

const FINE = `defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend f
  bind 127.0.0.1:1
  default_backend b
backend b
  server s 127.0.0.1:1
`;

/** By what the second file might change of the verdict. */
const CONFIGURATIONS: Readonly<Record<string, string>> = {
  'one that is fine': FINE,
  'one with warnings': FINE.replace('  timeout server 5s\n', ''),
  'a word that is not known': `${FINE}  bogus\n`,
  'a file that is not there': `${FINE}  http-request return status 200 file /nonexistent\n`,
  'no listener': FINE.replace('  bind 127.0.0.1:1\n', ''),
  'a condition without its end': `${FINE}.if feature(OPENSSL)\n`,
  'a last line without its end': FINE.trimEnd(),
  'a last section that is global': `${FINE}global\n  maxconn 100\n`,
  'a last section that is not known': `${FINE}bogus\n`,
  'certificates of the system that a server names': `${FINE}  server t 127.0.0.1:1 ssl verify required ca-file @system-ca\n`,
  'certificates that the HTTP client lacks': `global\n  httpclient.ssl.ca-file /nonexistent\n${FINE}`,
};

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'kh-light-check-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function run(binary: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(binary, args);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => {
        output += part;
      });
    child.on('error', reject);
    // What was running is told by its number.
    child.on('close', (code) => resolve({ code, output: output.replaceAll(`(${child.pid})`, '') }));
  });
}

async function check(binary: string, text: string) {
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(config, text);
  const beside = join(folder, LIGHT_CHECK_PATH);
  writeFileSync(beside, LIGHT_CHECK);
  const runs: (readonly string[])[] = [];
  const ended = await checkLightly({
    config,
    text,
    beside,
    run(args) {
      runs.push(args);
      return run(binary, args);
    },
  });
  return { ended, plain: await run(binary, ['-c', '-f', config]), runs };
}

for (const [what, text] of Object.entries(CONFIGURATIONS))
  test(`a check without what it does not need gives the same verdict: ${what}`, async () => {
    const { ended, plain, runs } = await check(HAPROXY, text);
    assert.deepEqual(ended, plain);
    assert.equal(runs.length, 1);
  });

test('a HAProxy that does not know the second file is asked without it', async () => {
  const old = join(folder, 'old-haproxy');
  const script = `#!/bin/sh
for file; do case $file in *${LIGHT_CHECK_PATH}) echo "[ALERT] parsing [$file:1] : unknown keyword '.if'"; exit 1;; esac; done
exec ${HAPROXY} "$@"
`;
  writeFileSync(old, script, { mode: 0o700 });
  const { ended, plain, runs } = await check(old, FINE);
  assert.deepEqual(ended, plain);
  assert.equal(ended.code, 0);
  assert.equal(runs.length, 2);
});
