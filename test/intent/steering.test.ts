import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashIntent, type Intent } from '../../functions/core/intent.ts';
import type { History } from '../../functions/core/revision.ts';
import { packRollout } from '../../functions/core/rollout.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { createRefusedIntents } from '../../functions/intent/refused-intents.ts';
import { createSteering } from '../../functions/intent/steering.ts';
import type { HeldBack } from '../../functions/intent/status.ts';
import { until } from '../kit/until.ts';

const intentOf = (template: string): Intent => ({ services: {}, config: { template } });
const HELD: HeldBack = {
  unit: 'config',
  since: 0,
  serves: 'last good',
  diagnostic: { severity: 'error', code: 'x', message: 'no', hint: '', where: { object: 'x' } },
};
const GATE = {
  begin: () => undefined,
  freeze: () => undefined,
  thaw: () => undefined,
  rebase: () => false,
  adopt: () => undefined,
  doubt: () => undefined,
  renew: () => undefined,
  status: () => ({ state: 'good', held: [], tries: { renders: 0, checks: 0 } }) as const,
};
const LOG = { debug() {}, info() {}, warn() {}, error() {} };

test('where what the fleet runs is nowhere to be had, nothing earlier is served before that has been waited for', async (t) => {
  const kept = createMemoryHistory(10);
  const [stable, mine] = [hashIntent(intentOf('lost')), intentOf('mine')];
  await kept.steer((rollout) => ({ ...rollout, stable }));
  const steering = createSteering({ history: kept, gate: GATE, log: LOG });
  t.after(() => steering.stop());
  await steering.start();
  const pass = (hasWaited: boolean) =>
    steering.pass({
      ...{ intent: mine, base: mine, held: [HELD], versions: {} },
      ...{ hasWaited, isOutdated: () => false },
    });
  assert.deepEqual(await pass(false), { kind: 'behind' });
  assert.equal((await kept.rollout()).stable, stable);
  assert.deepEqual(await pass(true), { kind: 'serve' });
  assert.equal((await kept.rollout()).stable, hashIntent(mine));
});

test('what falls back to a revision that is pruned meanwhile falls back to the one that came after it', async (t) => {
  const kept = createMemoryHistory(10);
  const make = async (template: string) => {
    const intent = intentOf(template);
    await kept.record({ hash: hashIntent(intent), intent, at: '', by: [], held: [] });
    await kept.steer((rollout) => ({ ...rollout, stable: hashIntent(intent) }));
  };
  let onRead: (() => Promise<void>) | undefined;
  const history: History = {
    ...kept,
    async list() {
      const act = onRead;
      onRead = undefined;
      await act?.();
      const revisions = await kept.list();
      return act ? revisions.filter(({ intent }) => intent.config?.template !== 'two') : revisions;
    },
  };
  await make('one');
  const steering = createSteering({ history, gate: GATE, log: LOG });
  t.after(() => steering.stop());
  await steering.start();
  await make('two');
  // Another replica serves a third one, and prunes the second, between this one's two looks.
  onRead = () => make('three');
  const passed = { base: undefined, versions: {}, hasWaited: false, isOutdated: () => false };
  const leave = await steering.pass({ intent: intentOf('mine'), held: [HELD], ...passed });
  assert.equal(leave.kind === 'rebase' && leave.base.config?.template, 'three');
});

test('a replica that starts while what the fleet is to run is refused begins with what proxies ran last', async (t) => {
  const history = createMemoryHistory(10);
  for (const template of ['ran', 'refused', 'never served']) {
    const intent = intentOf(template);
    await history.record({ hash: hashIntent(intent), intent, at: '', by: [], held: [] });
  }
  const refused = hashIntent(intentOf('refused'));
  await history.mark(hashIntent(intentOf('ran')), { isProven: true });
  await history.mark(refused, { refused: { units: ['config'], message: 'no' } });
  await history.steer((rollout) => ({ ...rollout, stable: refused }));
  const begun: (string | undefined)[] = [];
  const steering = createSteering({
    history,
    gate: { ...GATE, begin: (base) => void begun.push(base?.config?.template) },
    refused: createRefusedIntents({ namespace: 'lb' }),
    log: LOG,
  });
  t.after(() => steering.stop());
  await steering.start();
  assert.deepEqual(begun, ['ran']);
});

test('a replica that starts while another serves what is new begins with what the fleet runs', async (t) => {
  const kept = createMemoryHistory(10);
  const make = async (template: string) => {
    const intent = intentOf(template);
    await kept.record({ hash: hashIntent(intent), intent, at: '', by: [], held: [] });
    return hashIntent(intent);
  };
  const stable = await make('run');
  await make('kept, and never served');
  await kept.steer((rollout) => ({ ...rollout, stable }));
  const looks: string[] = [];
  const history: History = {
    ...kept,
    async list() {
      looks.push('list');
      return kept.list();
    },
    async rollout() {
      // Another replica serves what comes next as soon as this one has read the list.
      if (looks.length > 0) {
        const next = await make('next');
        await kept.steer((before) => ({ ...before, stable: next }));
      }
      return kept.rollout();
    },
  };
  const begun: (string | undefined)[] = [];
  const begin = (base: Intent | undefined) => void begun.push(base?.config?.template);
  const steering = createSteering({ history, gate: { ...GATE, begin }, log: LOG });
  t.after(() => steering.stop());
  await steering.start();
  assert.deepEqual(begun, ['run']);
});

/** A history whose object has a version, as Kubernetes gives it. */
function versioned(): History {
  const kept = createMemoryHistory(10);
  let version = 0;
  const rollout = async () => {
    const { version: _, ...known } = await kept.rollout();
    const isThere = Object.keys(packRollout(known)).length > 0;
    return { ...known, ...(isThere && { version: `${version}` }) };
  };
  return {
    ...kept,
    rollout,
    async steer(change) {
      await kept.steer(change);
      version += 1;
      return rollout();
    },
  };
}

for (const how of ['paused', 'pinned', 'candidate', 'stable'] as const)
  test(`a revision that is gone from the history is not followed before it is there: ${how}`, async (t) => {
    const history = versioned();
    const lost = intentOf('lost');
    const hash = hashIntent(lost);
    const given: string[] = [];
    const give = (what: string) => (intent: Intent | undefined) =>
      void given.push(`${what} ${intent?.config?.template ?? 'nothing'}`);
    let looks = 0;
    const steering = createSteering({
      history,
      gate: { ...GATE, freeze: (as, intent) => give(as)(intent), adopt: give('stable') },
      stages: {
        ...{ begin: () => assert.fail(), current: () => undefined, candidate: () => undefined },
        onCandidate: (wanted, intent) => wanted && give('candidate')(intent),
      },
      log: LOG,
      onFollowed() {
        looks += 1;
      },
    });
    t.after(() => steering.stop());
    await steering.start();
    const [before, seen] = [steering.followed(), looks];
    const candidate = { hash, step: 0, since: '', admitted: {} };
    const told = await history.steer((rollout) => ({
      ...rollout,
      ...(how === 'candidate' ? { candidate } : how === 'pinned' ? { pinned: hash } : {}),
      ...((how === 'stable' || how === 'paused') && { stable: hash, isPaused: how === 'paused' }),
    }));
    steering.steer(told);
    await until('it was looked for', () => looks > seen);
    assert.equal(steering.followed(), before, 'nobody is told that it is followed');
    assert.match(steering.fault() ?? '', new RegExp(hash));
    const isFrozen = how === 'paused' || how === 'pinned';
    assert.deepEqual(given, isFrozen ? [`${how} nothing`] : [], 'people are heeded all the same');
    await history.record({ hash, intent: lost, at: '', by: [], held: [] });
    await until('it is found', () => steering.followed()?.version === told.version);
    assert.equal(given.at(-1), `${how} lost`);
    await until('there is no fault', () => steering.fault() === undefined);
  });

test('whoever lags is told of what the fleet has left since: what came after it is followed', async (t) => {
  const history = versioned();
  const frozen: string[] = [];
  const steering = createSteering({
    history,
    gate: {
      ...GATE,
      freeze: (how, intent) => void frozen.push(`${how} ${intent?.config?.template}`),
    },
    log: LOG,
  });
  t.after(() => steering.stop());
  await steering.start();
  const gone = await history.steer((rollout) => ({
    ...{ ...rollout, stable: hashIntent(intentOf('gone')), isPaused: true },
  }));
  const later = intentOf('later');
  const hash = hashIntent(later);
  await history.record({ hash, intent: later, at: '', by: [], held: [] });
  const latest = await history.steer((rollout) => ({ ...rollout, stable: hash }));
  steering.steer(gone);
  await until('the latest is followed', () => steering.followed()?.version === latest.version);
  assert.deepEqual(frozen, ['paused later']);
});

test('whoever has not seen yet that the object is gone agrees upon nothing anew', async (t) => {
  const history = versioned();
  const stable = hashIntent(intentOf('run'));
  await history.record({ hash: stable, intent: intentOf('run'), at: '', by: [], held: [] });
  await history.steer((rollout) => ({ ...rollout, stable }));
  const steering = createSteering({ history, gate: GATE, log: LOG });
  t.after(() => steering.stop());
  await steering.start();
  await until('it is followed', () => steering.followed()?.stable === stable);
  const gone = await history.steer(() => ({ isPaused: false }));
  const mine = { intent: intentOf('mine'), base: undefined, held: [], versions: {} };
  const pass = (hasWaited = false) =>
    steering.pass({ ...mine, hasWaited, isOutdated: () => false });
  assert.deepEqual(await pass(), { kind: 'behind' });
  assert.deepEqual(await pass(true), { kind: 'serve' }, 'nor does it wait for ever');
  await history.steer(() => gone);
  steering.steer(gone);
  await until('that is seen', () => steering.followed()?.stable === undefined);
  assert.deepEqual(await pass(), { kind: 'serve' });
});

test('what stays lost is given up: endpoints do not wait for it', async (t) => {
  const history = versioned();
  const steering = createSteering({ history, gate: GATE, log: LOG });
  t.after(() => steering.stop());
  await steering.start();
  const stable = hashIntent(intentOf('lost'));
  // Whatever else of the object changes meanwhile.
  for (let n = 0; n < 4; n++) {
    const told = await history.steer((rollout) => ({ ...rollout, stable, others: { n: `${n}` } }));
    steering.steer(told);
    await until('it was looked for', () => steering.fault() !== undefined || n === 3);
  }
  await until('it is followed', () => steering.followed()?.stable === stable);
});

test('what the fleet runs is kept anew where it is gone from the history, by whoever serves it', async (t) => {
  const kept = createMemoryHistory(10);
  const [mine, other] = [intentOf('mine'), intentOf('other')];
  const restored: string[] = [];
  let looks = 0;
  const history: History = {
    ...kept,
    has(hash) {
      looks += 1;
      return kept.has(hash);
    },
    restore(revision, marks) {
      restored.push(revision.hash);
      return kept.restore(revision, marks);
    },
  };
  let served: Intent | undefined = other;
  const steering = createSteering({
    ...{ history, gate: GATE, log: LOG },
    served: () => served,
    looks: { firstMs: 1, thenMs: 1 },
  });
  t.after(() => steering.stop());
  await kept.steer((rollout) => ({ ...rollout, stable: hashIntent(mine) }));
  await steering.start();
  served = mine;
  await until('it is kept', () => restored.length > 0);
  assert.deepEqual(restored, [hashIntent(mine)], 'never what the fleet does not run');
  const before = looks;
  await until('it is looked for again', () => looks > before + 3);
  assert.equal(restored.length, 1);
  assert.deepEqual((await kept.list())[0]?.intent, mine);
});
