import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashIntent, type Intent } from '../../functions/core/intent.ts';
import type { Rollout } from '../../functions/core/rollout.ts';
import { createGate, type GateOptions } from '../../functions/intent/gate.ts';
import { decideLeave } from '../../functions/intent/leave.ts';
import type { Trial } from '../../functions/intent/trial.ts';
import { until } from '../kit/until.ts';

const intent: Intent = { services: {}, config: { template: 'x\n' } };

/** A gate, and what must be before a render of its is done. */
function start(rendered: () => Promise<void>, more: Partial<GateOptions> = {}) {
  const trial: Trial = {
    update: () => undefined,
    async render() {
      await rendered();
      const content = 'x\n';
      const files = [{ path: 'haproxy.cfg', content }];
      return {
        kind: 'rendered',
        files,
        certificates: [],
        bareNames: [],
        omitted: [],
        podless: [],
        diagnostics: [],
      };
    },
    explain: () => Promise.reject(new Error('nobody asks')),
    give: () => undefined,
    keep: () => undefined,
    stop: () => undefined,
  };
  const told: (string | undefined)[] = [];
  const lines: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (line: string) => void lines.push(line) };
  const gate = createGate({
    namespace: 'lb',
    trial,
    variants: () => [{ sslDir: '/ssl', filesDir: '/files', params: {} }],
    certificates: () => ({ certificates: new Map(), lost: new Map() }),
    onPass: async () => ({ kind: 'serve' }),
    onGood: () => undefined,
    hasOffer: () => false,
    onStaged: () => undefined,
    onAdopted: () => undefined,
    onJudged: () => void told.push(gate.failure()?.code),
    onFault: () => void told.push(gate.failure()?.code),
    log,
    ...more,
  });
  return { gate, told, lines };
}

/** A gate whose renderer cannot be started for so many tries. */
function startFailing(failures: number) {
  let left = failures;
  return start(async () => {
    left -= 1;
    if (left >= 0) throw new Error('no more processes');
  });
}

test('what the service itself fails to judge is said, tried again, and served then', async (t) => {
  const { gate, told, lines } = startFailing(2);
  t.after(() => gate.stop());
  gate.begin(undefined);
  gate.note(intent);
  await until('the fault is told', () => told.length > 0);
  assert.equal(gate.status().state, 'checking');
  assert.match(gate.status().fault ?? '', /no more processes/);
  assert.equal(gate.diagnostics()[0]?.code, 'intent-unjudged');
  await until('it is judged', () => gate.status().state === 'good');
  assert.deepEqual(told, ['intent-unjudged', 'intent-unjudged', undefined]);
  assert.equal(gate.status().fault, undefined);
  assert.equal(lines.length, 2);
});

test('people who pause and go on while an intent is judged take nothing back that it holds', async (t) => {
  const entry = (n: number) => JSON.stringify({ namespace: 'shop', selector: { app: 'web' }, n });
  const { config = {} } = intent;
  const revision = (services: Record<string, string>): Intent => ({ services, config });
  const known = revision({ web: entry(1), other: entry(1) });
  const ofFleet = revision({ web: entry(2), other: entry(1) });
  const newest = revision({ web: '{', other: entry(2) });
  let begun = false;
  let goOn: () => void = () => undefined;
  const isOver = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const served: Intent[] = [];
  let rollout: Rollout = { stable: hashIntent(ofFleet), isPaused: false };
  const { gate } = start(
    async () => {
      begun = true;
      await isOver;
    },
    {
      async onPass(passed) {
        if (passed.isOutdated()) return { kind: 'outdated' };
        const all = { ...passed, versions: {} };
        const { kind, after } = decideLeave(rollout, all, { stages: undefined });
        rollout = after;
        return kind === 'rebase' ? { kind, base: ofFleet } : { kind };
      },
      onGood: ({ intent: good }) => void served.push(good),
    },
  );
  t.after(() => gate.stop());
  gate.begin(known);
  gate.note(newest);
  await until('it is being judged', () => begun);
  gate.freeze('paused', ofFleet);
  gate.thaw();
  goOn();
  await until('it is served', () => served.some(({ services }) => services?.other === entry(2)));
  assert.deepEqual(
    served.map(({ services }) => services?.web),
    [entry(1), entry(2), entry(2)],
  );
});
