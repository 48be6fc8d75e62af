import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hashIntent } from '../../functions/core/intent.ts';
import { isAdmitted } from '../../functions/rollout/admission.ts';
import { readSteps } from '../../functions/rollout/step.ts';
import { until } from '../kit/until.ts';
import { pod, service } from '../kubernetes/objects.ts';
import { formatEvidence, revisionMark } from '../../functions/wire/evidence.ts';
import { type Answer, type Poller, startPollers } from '../rollout/pollers.ts';
import { startReplicas } from '../rollout/replicas.ts';
import { createRandom } from '../runtime/random.ts';

const STEPS = '1,10%,50%,100%';
const PROXIES = Number(process.env.PROXIES ?? 300);
/** The whole simulation is 200 of them. */
const ROLLOUTS = Number(process.env.ROLLOUTS ?? 12);
const KINDS = [
  ...['good', 'flapping', 'vanishing', 'replaced', 'killed'],
  ...['refused', 'refused late', 'failing', 'slow poison'],
];
/** Of these a revision is halted; all others arrive. */
const BAD = ['refused', 'refused late', 'failing', 'slow poison'];
/** Requests of a proxy in a window. */
const REQUESTS = 400;
const WAIT_MS = 60_000;

const templateOf = (number: number, kind: string) => `# ${number} ${kind}\n`;
const hashOf = (template: string) =>
  hashIntent({ services: { 'of-shop': service('shop') }, config: { template } });

test(`${ROLLOUTS} rollouts by three replicas to ${PROXIES} proxies: what is bad stays within its step, and what is good arrives`, async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const random = createRandom(seed);
  const replicas = await startReplicas(t, {
    ROLLOUT_STEPS: STEPS,
    ROLLOUT_SOAK: '0.6',
    ROLLOUT_WINDOW: '1',
  });
  const { server, candidates, rollout, write } = replicas;
  const steps = readSteps(STEPS);
  const kinds = new Map<string, string>();
  const early: string[] = [];
  let stable = hashOf('# start\n');

  /** Nobody is offered a candidate before its turn. */
  function look(revision: string, { name }: Poller): void {
    const candidate = candidates.get(revision);
    if (revision === stable || rollout().stable === revision) return;
    if (!candidate || !isAdmitted(candidate, { name, fleet: '' }, steps))
      early.push(`${name} ${kinds.get(revision)} ${candidate?.step}`);
  }
  function refuses(revision: string, poller: Poller): string | undefined {
    look(revision, poller);
    const kind = kinds.get(revision);
    const isRefused =
      kind === 'refused' ||
      (kind === 'refused late' && Number(poller.name.split('-')[1]) % 20 === 0);
    return isRefused ? 'unknown keyword' : undefined;
  }
  /** How much of its answers fails: with `flapping` whatever it runs. */
  function failing(revision: string): number {
    const own = kinds.get(revision) ?? '';
    if (own === 'failing') return 0.3;
    if (own === 'slow poison') return 0.06;
    return isFlapping && Math.random() < 0.4 ? 0.15 : 0.003;
  }
  function tell(poller: Poller, last: Answer | undefined): void {
    if (last?.headers['x-rollout-evidence'] === undefined) poller.headers = {};
    else if (poller.revision !== '') {
      const rate = failing(poller.revision);
      const failures = Array.from({ length: REQUESTS }).filter(() => Math.random() < rate).length;
      const revision = revisionMark(poller.revision);
      const counts = { seconds: 1, answers: REQUESTS, failures, deaths: 0, outOfMemory: 0 };
      poller.headers = { 'X-Evidence': formatEvidence({ revision, ...counts }) };
    }
  }
  let isFlapping = false;
  const pollers = startPollers(t, { urls: replicas.urls, count: PROXIES, refuses, tell });
  const all = (revision: string) =>
    pollers.every((poller) => poller.isDown || poller.revision === revision);
  await until('all run the first', () => all(stable));

  for (let number = 1; number <= ROLLOUTS; number++) {
    const kind = random.pick(KINDS);
    const next = templateOf(number, kind);
    const hash = hashOf(next);
    kinds.set(hash, kind);
    for (const poller of pollers) poller.ran.length = 0;
    for (const client of ['a', 'b', 'c']) server.lags.set(client, random.pick([0, 0, 20, 200]));
    const away = pollers.filter(() => kind === 'vanishing' && random.pick([true, false, false]));
    isFlapping = kind === 'flapping';
    write(next);
    await delay(random.pick([0, 100, 400, 900]));
    for (const poller of away) poller.isDown = true;
    if (kind === 'killed') await replicas.replace(random.pick([0, 1, 2]));
    server.store.put('pods', pod('shop', `p${number % 7}`));
    const name = `${number} ${kind}, seed ${seed}`;
    const isHalted = BAD.includes(kind);
    if (isHalted) {
      await until(`${name} is halted`, () => rollout().halted?.hash === hash, WAIT_MS);
      await until(`${name} is taken back`, () => all(stable), WAIT_MS);
    } else if (kind === 'replaced') {
      const later = templateOf(number, 'later');
      stable = hashOf(later);
      kinds.set(stable, 'later');
      write(later);
      await until(`${name} has arrived`, () => rollout().stable === stable && all(stable), WAIT_MS);
    } else {
      await until(
        `${name} is over`,
        () => rollout().stable === hash || rollout().halted?.hash === hash,
        WAIT_MS,
      );
      assert.equal(rollout().halted?.reason, undefined, name);
      await until(`${name} has arrived`, () => all(hash), WAIT_MS);
      const isBack = ({ ran }: Poller) =>
        ran.lastIndexOf(stable) > ran.indexOf(hash) && ran.includes(hash);
      assert.deepEqual(
        pollers.filter(isBack).map((poller) => [poller.name, ...poller.ran]),
        [],
        name,
      );
      stable = hash;
    }
    assert.deepEqual(early, [], name);
    assert.equal(rollout().stable, stable, name);
    for (const poller of away) poller.isDown = false;
    await until('all are back', () => all(stable), WAIT_MS);
  }
});
