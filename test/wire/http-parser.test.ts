import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startApiServer } from '../apiserver/server.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY, killHaproxy } from '../kit/haproxy.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { until } from '../kit/until.ts';
import { configure, pod } from '../kubernetes/objects.ts';

/** What is optimised at all is optimised at once. */
const TRACED = ['--trace-wasm-compilation-times', '--wasm-tiering-budget=100'];
const ANSWERS = 5;
/** What a service without inputs watches. */
const COLLECTIONS = 5;

/** A process whose V8 prints what it compiles. */
function startTraced(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [...TRACED, ...args], {
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

type Traced = ReturnType<typeof startTraced>;

/** Until a program that leaves all to V8 has been optimised, which began later. */
async function assertNotOptimised(t: TestContext, traced: Traced, url: string): Promise<void> {
  await until('it has a parser', () => traced.compiledBy('Liftoff').length > 0);
  const program = `setInterval(() => fetch('${url}').then((answer) => answer.text()), 50)`;
  const other = startTraced(t, ['-e', program]);
  await until('another one is', () => other.compiledBy('TurboFan').length > 0);
  assert.deepEqual(traced.compiledBy('TurboFan'), []);
  await traced.end();
}

test('the reloader does not optimise the parser of HTTP', async (t) => {
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const reloader = startTraced(t, [
    ...[PROGRAMS.reloader, `--renderer=${renderer.url}`, `--state-dir=${stateDir}`],
    ...[`--haproxy=${HAPROXY}`, '--listen=off', '--wait=1'],
  ]);
  // Once the reloader has ended, which would start it anew.
  t.after(() => killHaproxy(join(stateDir, 'master.sock')));
  for (let version = 1; version <= ANSWERS; version++) {
    const already = renderer.seen.length;
    renderer.serve(bundleOf(`${proxying(1, 2)}# ${version}\n`));
    await until('it asks once more', () => renderer.seen.length > already);
  }
  await assertNotOptimised(t, reloader, `${renderer.url}/bundle`);
});

test('nor does the service', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  const service = startTraced(t, [
    ...[PROGRAMS.service, 'serve', '--k8sbase', server.base, '--listen', '127.0.0.1:0'],
  ]);
  await until('it watches', () => server.streams.size >= COLLECTIONS);
  server.store.put('pods', pod('shop', 'one'));
  await assertNotOptimised(t, service, `${server.base}/api/v1/namespaces/shop/pods`);
});
