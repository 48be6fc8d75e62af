import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Intent } from '../../functions/core/intent.ts';
import { createGate } from '../../functions/intent/gate.ts';
import type { Trial } from '../../functions/intent/trial.ts';
import { until } from '../kit/until.ts';

const intent: Intent = { services: {}, config: { template: 'x\n' } };

/** A gate whose renderer cannot be started for so many tries. */
function startFailing(failures: number) {
  let left = failures;
  const trial: Trial = {
    update: () => undefined,
    async render() {
      left -= 1;
      if (left >= 0) throw new Error('no more processes');
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
  });
  return { gate, told, lines };
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
