import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hashIntent } from '../../functions/core/intent.ts';
import { isAdmitted } from '../../functions/rollout/admission.ts';
import { readSteps } from '../../functions/rollout/step.ts';
import { startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';
import { configMap, pod, service } from '../kubernetes/objects.ts';
import { type Poller, startPollers } from '../rollout/pollers.ts';
import { startReplicas } from '../rollout/replicas.ts';

const STEPS = '1,25%,50%,100%';
const PROXIES = 12;
const SOAK_MS = 1_000;
const WAIT_MS = 60_000;
const START = '# start\n';
const NEXT = '# next\n';
const hashOf = (template: string) =>
  hashIntent({ services: { 'of-shop': service('shop') }, config: { template } });
const [OLD, NEW] = [hashOf(START), hashOf(NEXT)];

/** Three replicas and their proxies, all on the first revision. */
async function start(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const soak = String(SOAK_MS / 1000);
  const replicas = await startReplicas(t, {
    ...{ ROLLOUT_STEPS: STEPS, ROLLOUT_SOAK: soak, ...env },
  });
  const { server, rollout, candidates } = replicas;
  const steps = readSteps(STEPS);
  const began: { readonly step: number; readonly at: number }[] = [];
  const early: string[] = [];
  t.after(
    server.store.subscribe(() => {
      const { candidate } = rollout();
      if (candidate && candidate.step !== began.at(-1)?.step)
        began.push({ step: candidate.step, at: performance.now() });
    }),
  );
  /** Nobody is offered the candidate before its turn. */
  function refuses(revision: string, { name }: Poller): undefined {
    const candidate = candidates.get(revision);
    if (revision === OLD || rollout().stable === revision) return;
    if (!candidate || !isAdmitted(candidate, { name, fleet: '' }, steps)) early.push(name);
  }
  const pollers = startPollers(t, { urls: replicas.urls, count: PROXIES, refuses });
  const running = (revision: string) => pollers.filter((one) => one.revision === revision).length;
  /** Proxies whose turn it is. */
  const admitted = () => {
    const { candidate } = rollout();
    if (!candidate) return 0;
    return pollers.filter(({ name }) => isAdmitted(candidate, { name, fleet: '' }, steps)).length;
  };
  await until('all run the first', () => running(OLD) === PROXIES, WAIT_MS);
  const arrives = async () => {
    await until('it has arrived', () => rollout().stable === NEW, WAIT_MS);
    await until('all run it', () => running(NEW) === PROXIES, WAIT_MS);
    assert.equal(rollout().halted, undefined);
    assert.deepEqual(early, []);
  };
  const begins = async (step: number) => {
    const isThere = () => rollout().stable === NEW || (rollout().candidate?.step ?? -1) >= step - 1;
    await until(`step ${step}`, isThere, WAIT_MS);
    await until('somebody runs it', () => running(NEW) > 0, WAIT_MS);
  };
  const staysForward = () => {
    for (const { name, ran } of pollers) assert.deepEqual(ran, [OLD, NEW], name);
  };
  return { ...replicas, pollers, running, admitted, began, begins, arrives, staysForward };
}

/** What Date says is as many hours off as a file says, ahead in one process, behind in another. */
const CLOCK = `const { readFileSync } = require('node:fs');
const Real = Date;
const sign = [1, -1, 0.5][process.pid % 3];
let [readAt, ms] = [-1000, 0];
function off() {
  if (performance.now() - readAt > 20) {
    readAt = performance.now();
    ms = Number(readFileSync(process.env.CLOCK_FILE, 'utf8')) * sign * 3600000;
  }
  return ms;
}
globalThis.Date = class extends Real {
  constructor(...values) {
    if (values.length > 0) super(...values);
    else super(Real.now() + off());
  }
  static now() {
    return Real.now() + off();
  }
};
`;

test('clocks that step by hours, each its own way: no step is left out or cut short, and nothing is halted', async (t) => {
  const at = await folder();
  const [preload, hours] = [join(at, 'clock.cjs'), join(at, 'hours')];
  await writeFile(preload, CLOCK);
  await writeFile(hours, '0');
  const env = { NODE_OPTIONS: `--require ${preload}`, CLOCK_FILE: hours };
  const { write, rollout, began, arrives, staysForward } = await start(t, env);
  write(NEXT);
  for (let n = 0; rollout().stable !== NEW && n < 300; n += 1) {
    await writeFile(hours, String([5, -9, 48, -1, 0][n % 5]));
    await delay(200);
  }
  await arrives();
  assert.deepEqual(
    began.map(({ step }) => step),
    [0, 1, 2, 3],
  );
  for (const [i, { at: from }] of began.entries())
    assert.ok(i === 0 || from - (began[i - 1]?.at ?? 0) >= SOAK_MS, `step ${i} was watched`);
  staysForward();
});

for (const [what, data] of [
  ['deleted', undefined],
  [
    'edited into nonsense',
    {
      ...{ stable: 'the good one', candidate: '[', step: '-1', admitted: '7', since: 'never' },
      ...{ halted: 'null', 'report.x': '{', versions: 'all', hurried: '?', more: 'of it' },
    },
  ],
] as const)
  test(`the object is ${what} in the middle: the rollout begins anew, and arrives`, async (t) => {
    const { server, write, begins, arrives } = await start(t);
    write(NEXT);
    await begins(2);
    if (data) server.store.put('configmaps', configMap('rollout', data));
    else server.store.delete('configmaps', 'lb', 'rollout');
    await arrives();
  });

test('while the API server is away the rollout stands still; then it goes on', async (t) => {
  const scene = await start(t, { ROLLOUT_SOAK: '5' });
  const { server, write, rollout, running, admitted, begins, arrives, staysForward } = scene;
  const { store, port } = server;
  write(NEXT);
  await begins(2);
  await until('all of the step run it', () => running(NEW) === admitted(), WAIT_MS);
  await server.close();
  const before = { ...rollout(), running: running(NEW) };
  await delay(8_000);
  assert.deepEqual(rollout().candidate, before.candidate);
  assert.equal(running(NEW), before.running);
  await startApiServer(t, { store, port, bookmarkMs: 200 });
  await arrives();
  staysForward();
});

test('a replica is killed in each step: the others go on, and so does the one that comes back', async (t) => {
  const scene = await start(t, { ROLLOUT_SOAK: '5' });
  const { server, write, replace, begins, arrives, pollers, began } = scene;
  write(NEXT);
  for (const step of [1, 2, 3, 4]) {
    await begins(step);
    await replace(step % 3);
    server.store.put('pods', pod('shop', `p${step}`));
  }
  await arrives();
  assert.deepEqual(
    began.map(({ step }) => step),
    [0, 1, 2, 3],
  );
  for (const { name, ran } of pollers)
    assert.ok(ran.lastIndexOf(OLD) < ran.indexOf(NEW), `${name} steps back`);
});
