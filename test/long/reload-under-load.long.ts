import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { running } from '../kit/running.ts';

const RELOADS = 50;

/** Runs wrk until it is interrupted, and gives what it prints. */
function startWrk(port: number, headers: readonly string[]) {
  const args = [
    '-t1',
    '-c8',
    '-d600s',
    ...headers.flatMap((h) => ['-H', h]),
    `http://127.0.0.1:${port}/`,
  ];
  const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'exit');
  return async () => {
    child.kill('SIGINT');
    await ended;
    return output;
  };
}

for (const [name, headers] of [
  ['with keep-alive', []],
  ['without keep-alive', ['Connection: close']],
] as const)
  test(`fifty reloads under wrk ${name} lose no request`, async (t) => {
    const { renderer, reloader, version, port } = await running(t);
    const stop = startWrk(port, headers);
    for (let n = 1; n <= RELOADS; n += 1) {
      renderer.serve(version(n));
      await reloader.isLive(version(n).etag);
    }
    const output = await stop();
    t.diagnostic(output.replaceAll(/\s+/g, ' '));
    const { counts } = await reloader.status();
    t.diagnostic(`mean reload ${Math.round((counts.reloadMs.reload ?? 0) / counts.reloads)} ms`);
    assert.equal(counts.reloads, RELOADS);
    assert.match(output, /\d+ requests in/);
    // wrk prints these lines only where there is something to tell.
    assert.doesNotMatch(output, /Socket errors|Non-2xx/);
  });
