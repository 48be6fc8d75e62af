import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { hashIntent } from '../../functions/core/intent.ts';
import { readManifests } from '../../functions/core/manifests.ts';
import type { Change } from '../../functions/core/objects.ts';
import type { Occurrence } from '../../functions/core/occurrence.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { readSteps } from '../../functions/rollout/step.ts';
import { configMap, pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, SERVICES, startPublisher, TEMPLATE } from '../publish/start.ts';
import { createRandom } from '../runtime/random.ts';
import { startFleet } from './fleet.ts';

const WEB = { web: '{"namespace":"shop","selector":{"app":"web"}}' };
const hashOf = (template: string) => hashIntent({ services: WEB, config: { template } });
const OLD = `# old\n${TEMPLATE}`;
const NEW = `# new\n${TEMPLATE}`;
const BAD = `# bad\n${TEMPLATE}`;

interface Scene {
  readonly count?: number;
  readonly steps?: string;
  readonly soakMs?: number;
  readonly refuses?: (config: string, name: string) => string | undefined;
  readonly counts?: (config: string, name: string) => readonly [number, number];
  /** The service has no HAProxy of its own, and proxies prove who they are. */
  readonly heedsRefusals?: boolean;
}

async function start(t: TestContext, scene: Scene = {}) {
  const { count = 20, steps = '1,10%,50%,100%', soakMs = 200, refuses, counts } = scene;
  const fleet = startFleet(t, { count, ...(refuses && { refuses }), ...(counts && { counts }) });
  const history = createMemoryHistory(10);
  const rollout = {
    steps: readSteps(steps),
    soakMs,
    windowMs: 1_000,
    thresholds: { minRequests: 100, tolerance: 0.01, significance: 0.001 },
    proxies: () => fleet.proxies,
  };
  const told: Occurrence[] = [];
  const started = startPublisher(t, {
    history,
    rollout,
    heedsRefusals: scene.heedsRefusals ?? false,
    tell: (occurrence) => told.push(occurrence),
  });
  const { publisher, deliver } = started;
  deliver([SERVICES, config(OLD)]);
  fleet.start(publisher);
  await until('all run the first revision', () => fleet.running(hashOf(OLD)) === count);
  return { ...started, fleet, history, told };
}

test('a changed template reaches the proxies step by step', async (t) => {
  const { fleet, deliver, history, publisher, told } = await start(t);
  const steps = new Set<string>();
  let most = 0;
  deliver([config(NEW)]);
  await until('all run the new one', async () => {
    const { candidate } = await history.rollout();
    const count = fleet.running(hashOf(NEW));
    assert.ok(count >= most, 'nobody steps back');
    most = count;
    if (candidate) steps.add(`${candidate.step} ${count}`);
    return count === 20;
  });
  for (const [step, count] of [
    [0, 1],
    [1, 2],
    [2, 10],
  ])
    assert.ok(steps.has(`${step} ${count}`), [...steps].join());
  await until('it is stable', async () => (await history.rollout()).stable === hashOf(NEW));
  assert.equal((await history.rollout()).candidate, undefined);
  assert.equal(publisher.status().intent.state, 'good');
  assert.equal(publisher.status().intent.current?.hash, hashOf(NEW));
  for (const { ran } of fleet.proxies) assert.deepEqual(ran, [hashOf(OLD), hashOf(NEW)]);
  const notes = told
    .filter(({ reason, object }) => reason === 'RolloutStepped' && object.endsWith('/config'))
    .map(({ note }) => /is in (.*);/.exec(note)?.[1]);
  assert.deepEqual(
    notes,
    ['1', '10%', '50%', '100%'].map((step, i) => `step ${i + 1} of 4 (${step})`),
  );
  assert.equal(told.filter(({ reason }) => reason === 'RolloutCompleted').length, 2);
});

test('where somebody deletes the object in the middle, the rollout begins anew, and arrives', async (t) => {
  const { fleet, deliver, history, publisher } = await start(t);
  deliver([config(NEW)]);
  await until('half of them run it', () => fleet.running(hashOf(NEW)) === 10);
  publisher.steer(await history.steer(() => ({ isPaused: false })));
  await until('it begins anew', async () => (await history.rollout()).candidate?.step === 0);
  assert.equal((await history.rollout()).stable, hashOf(OLD));
  await until('it is stable', async () => (await history.rollout()).stable === hashOf(NEW));
});

test('both revisions get the endpoints of now', async (t) => {
  const { fleet, deliver } = await start(t, { soakMs: 60_000, steps: '50%,100%' });
  deliver([config(NEW)]);
  await until('half of them run it', () => fleet.running(hashOf(NEW)) === 10);
  deliver([put(pod({ name: 'web-1' }))]);
  await until('all have the pod', () =>
    fleet.proxies.every((proxy) => proxy.config.includes('10.0.0.1')),
  );
  assert.equal(fleet.running(hashOf(NEW)), 10);
  assert.equal(fleet.running(hashOf(OLD)), 10);
});

test('what a proxy refuses is halted, goes back, and stays so', async (t) => {
  const refuses = (text: string) => (text.startsWith('# bad') ? 'unknown keyword' : undefined);
  const { fleet, deliver, history, publisher, told } = await start(t, { refuses });
  deliver([config(BAD)]);
  await until('it is halted', async () => (await history.rollout()).halted !== undefined);
  const { halted, stable } = await history.rollout();
  assert.equal(halted?.hash, hashOf(BAD));
  assert.match(halted?.reason ?? '', /haproxy-\d+ refuses it: unknown keyword/);
  assert.equal(stable, hashOf(OLD));
  assert.equal(publisher.status().intent.state, 'halted');
  assert.ok(publisher.status().diagnostics.some(({ code }) => code === 'rollout-halted'));
  assert.deepEqual(
    told.filter(({ reason }) => reason.startsWith('Rollout')).map(({ reason }) => reason),
    ['RolloutStepped', 'RolloutStepped', 'RolloutHalted', 'RolloutHalted'],
  );
  assert.ok(fleet.proxies.filter(({ refused }) => refused).length <= 1, 'no more than its step');
  deliver([put(pod({ name: 'web-1' }))]);
  await until('endpoints flow', () =>
    fleet.proxies.every((proxy) => proxy.config.includes('10.0.0.1')),
  );
  assert.equal(fleet.running(hashOf(OLD)), 20);
  deliver([config(NEW)]);
  await until('the next one is rolled out', () => fleet.running(hashOf(NEW)) === 20);
  await until('and is stable', async () => (await history.rollout()).stable === hashOf(NEW));
  assert.equal((await history.rollout()).halted, undefined);
});

test('a second bad revision does not hide behind the first: it is halted by itself, in its own first step', async (t) => {
  const refuses = (text: string) => /^# bad( .*)?$/m.exec(text)?.[0];
  const { fleet, deliver, history } = await start(t, { refuses });
  const second = `# bad again\n${TEMPLATE}`;
  for (const template of [BAD, second]) {
    deliver([config(template)]);
    const isHalted = async () => (await history.rollout()).halted?.hash === hashOf(template);
    await until(`${template} is halted`, isHalted);
    const { halted, stable } = await history.rollout();
    const [line = ''] = template.split('\n');
    assert.ok(halted?.reason.endsWith(`refuses it: ${line}`), halted?.reason);
    assert.deepEqual([halted?.step, stable], [0, hashOf(OLD)]);
    await until('all run the stable one', () => fleet.running(hashOf(OLD)) === 20);
  }
  deliver([config(NEW)]);
  await until('a good one arrives', () => fleet.running(hashOf(NEW)) === 20);
});

test('a newer change in the middle starts anew, and a change taken back ends the rollout', async (t) => {
  const { fleet, deliver, history } = await start(t, { soakMs: 60_000, steps: '50%,100%' });
  deliver([config(BAD)]);
  await until('half of them run it', () => fleet.running(hashOf(BAD)) === 10);
  deliver([config(NEW)]);
  await until('another half runs the newer', () => fleet.running(hashOf(NEW)) === 10);
  assert.equal(fleet.running(hashOf(BAD)), 0);
  assert.equal(fleet.running(hashOf(OLD)), 10);
  deliver([config(OLD)]);
  await until('all are back', () => fleet.running(hashOf(OLD)) === 20);
  assert.equal((await history.rollout()).candidate, undefined);
});

test('a person may hurry, pause, pin and resume', async (t) => {
  const { fleet, deliver, history, publisher } = await start(t, { soakMs: 60_000 });
  const steer = async (change: Parameters<typeof history.steer>[0]) =>
    publisher.steer(await history.steer(change));
  deliver([config(NEW)]);
  await until('one runs it', () => fleet.running(hashOf(NEW)) === 1);
  const hurry = () =>
    steer(({ candidate, ...rest }) =>
      candidate ? { ...rest, candidate: { ...candidate, isHurried: true } } : rest,
    );
  await hurry();
  await until('two run it', () => fleet.running(hashOf(NEW)) === 2);
  await steer((rollout) => ({ ...rollout, isPaused: true }));
  await hurry();
  await steer((rollout) => ({ ...rollout, pinned: hashOf(OLD) }));
  await until('all are back', () => fleet.running(hashOf(OLD)) === 20);
  await steer(({ pinned: _, ...rollout }) => ({ ...rollout, isPaused: false }));
  await until('it goes on', () => fleet.running(hashOf(NEW)) >= 2);
});

test('a candidate that no longer renders with the endpoints of now is halted', async (t) => {
  const fragile = `{% for s in services %}{% for n in s.pods %}{{ s.pods[n].spec.nodeName.upper() }}{% endfor %}{% endfor %}\n${TEMPLATE}`;
  const { fleet, deliver, history } = await start(t, { soakMs: 60_000, steps: '50%,100%' });
  deliver([config(fragile)]);
  await until('half of them run it', () => fleet.running(hashOf(fragile)) === 10);
  deliver([put(pod({ name: 'web-1' }))]);
  await until('it is halted', async () => (await history.rollout()).halted !== undefined);
  assert.match((await history.rollout()).halted?.reason ?? '', /does not render/);
  await until('all have the pod', () =>
    fleet.proxies.every((proxy) => proxy.config.includes('10.0.0.1')),
  );
});

test('a candidate whose proxies answer worse than the others is halted, and goes back', async (t) => {
  const counts = (text: string) => [1000, text.startsWith('# bad') ? 80 : 3] as const;
  const { fleet, deliver, history } = await start(t, { soakMs: 4_000, counts });
  deliver([config(BAD)]);
  await until('it is halted', async () => (await history.rollout()).halted !== undefined);
  const { halted } = await history.rollout();
  assert.match(halted?.reason ?? '', /8(\.\d+)? ?%/);
  await until('all are back', () => fleet.running(hashOf(OLD)) === 20);
});

test('a fleet that does badly on both revisions is no reason to halt', async (t) => {
  const random = createRandom(7);
  const counts = () => [1000, random.chance(0.3) ? 200 : 5] as const;
  const { fleet, deliver, history } = await start(t, { soakMs: 1_000, counts });
  deliver([config(NEW)]);
  await until('all run it', () => fleet.running(hashOf(NEW)) === 20);
  await until('it is stable', async () => (await history.rollout()).stable === hashOf(NEW));
});

test('an object that people write reaches the proxies in steps, while others run it as it was, and endpoints flow to both', async (t) => {
  const inputs = 'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}';
  const template = `${OLD}{% for route in inputs.routes %}route {{ route.spec.port }}\n{% endfor %}`;
  const feeds = feedsOf({ 'inputs.yaml': inputs });
  const { fleet, publisher, history } = await start(t, {
    count: 10,
    steps: '1,100%',
    soakMs: 2_000,
  });
  const give = (port: number, ...changes: readonly Change[]) => {
    const route = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'a', namespace: 'shop' },
      spec: { port },
    };
    const { any } = readManifests(JSON.stringify(route), 'x');
    publisher.deliver({
      changes: [
        config(template, { 'inputs.yaml': inputs }),
        ...chooseForFeeds(any, feeds),
        ...changes,
      ],
      ...{ asOf: {}, isSynced: true, unread: [], feeds: statesOf(feeds) },
    });
  };
  const running = (...words: readonly string[]) =>
    fleet.proxies.filter((proxy) => words.every((word) => proxy.config.includes(word))).length;
  give(1);
  await until('all have the first', () => running('route 1') === 10);
  await until('it is stable', async () => (await history.rollout()).candidate === undefined);
  give(2);
  await until('one has the second', () => running('route 2') === 1);
  give(2, put(pod({ name: 'a', ip: '10.0.0.9' })));
  await until('the pod is everywhere', () => running('10.0.0.9') === 10);
  assert.deepEqual([running('route 1', '10.0.0.9'), running('route 2', '10.0.0.9')], [9, 1]);
  await until('all have the second', () => running('route 2') === 10);
});

test('what proxies refuse in the first step is halted, the part that is to blame is held back, and the rest begins at the first step', async (t) => {
  const listing = '{% for service in services %}{{ service.line }}\n{% endfor %}';
  const entry = (line: string) =>
    JSON.stringify({ namespace: 'shop', selector: { app: 'web' }, line });
  const refuses = (text: string) => {
    const at = text.split('\n').indexOf('broken');
    return at < 0 ? undefined : `haproxy.cfg:${at + 1}: unknown keyword 'broken'`;
  };
  const scene = { refuses, heedsRefusals: true, steps: '1,50%,100%' };
  const { fleet, deliver, history, publisher, told } = await start(t, scene);
  deliver([config(listing)]);
  const all = (text: string) =>
    until(`all run ${text}`, () => fleet.proxies.every((proxy) => proxy.config === text));
  await all('\n');
  await until('that is stable', async () => (await history.rollout()).candidate === undefined);
  told.length = 0;
  const more = { a: entry('good'), b: entry('broken') };
  deliver([put(configMap('services', { ...WEB, ...more }))]);
  await all('good\n\n');
  const notes = told
    .filter(({ reason, object }) => reason.startsWith('Rollout') && object.endsWith('/services'))
    .map(({ reason, note }) => [reason, /step \d of \d/.exec(note)?.[0]].join(' ').trim());
  assert.deepEqual(notes.slice(0, 3), [
    'RolloutStepped step 1 of 3',
    'RolloutHalted',
    'RolloutStepped step 1 of 3',
  ]);
  assert.equal(fleet.proxies.filter(({ refused }) => refused).length, 1, 'no more than its step');
  const [held, ...others] = publisher.status().intent.held;
  assert.deepEqual([held?.unit, others], ['services/b', []]);
  assert.match(held?.diagnostic.message ?? '', /unknown keyword 'broken'/);
});
