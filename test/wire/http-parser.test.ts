import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startApiServer } from '../apiserver/server.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY, killHaproxy } from '../kit/haproxy.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { until } from '../kit/until.ts';
import { configure, pod } from '../kubernetes/objects.ts';

/** More than Node.js 20 takes to optimise the parser. */
const ANSWERS = 5;
const EVENTS = 600;
/** What a service without inputs watches. */
const COLLECTIONS = 5;

/** A program whose V8 prints what it compiles. */
function startTraced(t: TestContext, program: string, args: readonly string[]) {
  const child = spawn(process.execPath, ['--trace-wasm-compilation-times', program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, STATISTICS_PASSWORD: 'test' },
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  t.after(end);
  return {
    end,
    compiledBy: (compiler: string) =>
      printed.split('\n').filter((line) => line.includes(`using ${compiler}`)),
  };
}

test('the reloader does not optimise the parser of HTTP', async (t) => {
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  t.after(() => killHaproxy(join(stateDir, 'master.sock')));
  const traced = startTraced(t, PROGRAMS.reloader, [
    ...[`--renderer=${renderer.url}`, `--state-dir=${stateDir}`, `--haproxy=${HAPROXY}`],
    ...['--listen=off', '--wait=1'],
  ]);
  for (let version = 1; version <= ANSWERS; version++) {
    const already = renderer.seen.length;
    renderer.serve(bundleOf(`${proxying(1, 2)}# ${version}\n`));
    await until('it asks once more', () => renderer.seen.length > already);
  }
  assert.notDeepEqual(traced.compiledBy('Liftoff'), []);
  assert.deepEqual(traced.compiledBy('TurboFan'), []);
  await traced.end();
});

test('nor does the service', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  const traced = startTraced(t, PROGRAMS.service, [
    ...['serve', '--k8sbase', server.base, '--listen', '127.0.0.1:0'],
  ]);
  await until('it watches', () => server.streams.size >= COLLECTIONS);
  for (let i = 0; i < EVENTS; i++) {
    server.store.put('pods', pod('shop', `p${i}`));
    // Each in a chunk of its own.
    await delay(1);
  }
  assert.notDeepEqual(traced.compiledBy('Liftoff'), []);
  assert.deepEqual(traced.compiledBy('TurboFan'), []);
});
