import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { folder } from '../kit/folder.ts';
import { startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { until } from '../kit/until.ts';

const HASH = `sha256:${'0'.repeat(64)}`;

async function startWorker(t: TestContext) {
  const at = await folder();
  const [config, socket] = [join(at, 'haproxy.cfg'), join(at, 'master.sock')];
  const head = `global\n  set-var proc.cfg_hash str(${HASH})\n`;
  const frontend = `frontend web\n  mode http\n  timeout client 1s\n  bind 127.0.0.1:${await freePort()}\n`;
  await writeFile(config, head + frontend);
  const { master } = await startHaproxy(t, { config, socket });
  await until('a worker runs', async () => (await master.liveHash()) === HASH);
  return master;
}

/** A signal is there before all threads of a process have heeded it. */
const isStopped = (pid: number): boolean =>
  readdirSync(`/proc/${pid}/task`).every((thread) =>
    / \(.*\) T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
  );

test('a look tells what is told when each is asked for by itself', async (t) => {
  const master = await startWorker(t);
  const reloaded = await master.reload(HASH, { deadlineMs: 20_000 });
  assert.equal(reloaded.kind, 'live');
  await until('the old worker has ended', async () => {
    const { oldWorkers = [0] } = (await master.processes()) ?? {};
    return oldWorkers.length === 0;
  });
  const seen = await master.look();
  assert.deepEqual(seen.processes, await master.processes());
  assert.equal(seen.processes?.workers.length, 1);
  assert.equal(seen.liveHash, HASH);
});

test('a worker that was seen before is not asked for its hash again, another one is', async (t) => {
  const master = await startWorker(t);
  const seen = await master.look();
  const known = { ...seen, liveHash: 'as it was' };
  const again = await master.look(['show stat -1 1 -1'], known);
  assert.deepEqual(again.processes, seen.processes);
  assert.equal(again.liveHash, known.liveHash);
  assert.match(again.text, /^# pxname,/m);
  const younger = { ...known, uptimeS: Number.POSITIVE_INFINITY };
  assert.equal(
    (await master.look(['show info'], younger)).liveHash,
    HASH,
    'a container was started anew',
  );
  assert.equal((await master.reload(HASH, { deadlineMs: 20_000 })).kind, 'live');
  assert.equal((await master.look(['show info'], known)).liveHash, HASH);
});

test('a worker that does not answer hides no master', async (t) => {
  const master = await startWorker(t);
  const [worker = 0] = (await master.processes())?.workers ?? [];
  process.kill(worker, 'SIGSTOP');
  t.after(() => process.kill(worker, 'SIGCONT'));
  await until('all of it has stopped', () => isStopped(worker));
  const seen = await master.look();
  assert.deepEqual(seen.processes?.workers, [worker]);
  assert.equal(seen.liveHash, undefined);
});

test('where nobody is, nothing is seen', async () => {
  const seen = await createMaster(join(await folder(), 'nobody.sock')).look();
  assert.deepEqual(seen, {
    processes: undefined,
    liveHash: undefined,
    uptimeS: undefined,
    text: '',
  });
});
