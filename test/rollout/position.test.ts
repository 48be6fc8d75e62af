import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashIntent } from '../../functions/core/intent.ts';
import { packRollout, type Rollout } from '../../functions/core/rollout.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { readSteps } from '../../functions/rollout/step.ts';
import { configMap, pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, SERVICES, startPublisher, TEMPLATE } from '../publish/start.ts';

const NEW = `# new\n${TEMPLATE}`;
const CANDIDATE = hashIntent({
  services: { web: '{"namespace":"shop","selector":{"app":"web"}}' },
  config: { template: NEW },
});
const ROLLOUT = 'configmaps/lb.rollout';

const member = (name: string) => ({
  ...{ name, fleet: '', isPolling: true, sightedAt: performance.now() },
});

test('who is admitted by a step is told so with what he is given, while changed pods are still to be rendered', async (t) => {
  const proxies = ['a', 'b'].map(member);
  const history = createMemoryHistory(10);
  const started = startPublisher(t, {
    history,
    // Changes that are no loss wait for longer than this test takes.
    quietMs: 600_000,
    rollout: {
      steps: readSteps('1,100%'),
      soakMs: 600_000,
      windowMs: 1_000,
      thresholds: { minRequests: 100, tolerance: 0.01, significance: 0.001 },
      proxies: () => proxies,
    },
  });
  const { deliver, ask, text } = started;
  const at = (pods: string, rollout: string) => ({
    pods: { lo: pods, hi: pods },
    [ROLLOUT]: { lo: rollout, hi: rollout },
  });
  deliver([SERVICES, config(TEMPLATE)], at('1', '1'));
  await text();
  deliver([config(NEW)], at('1', '1'));
  const askAs = async (name: string) => {
    const answer = await ask({ proxy: member(name) });
    return answer.kind === 'bundle' ? answer : assert.fail(JSON.stringify(answer));
  };
  const admitted = await until('one of them is given the candidate', async () => {
    for (const { name } of proxies) if ((await askAs(name)).revision === CANDIDATE) return name;
    return undefined;
  });
  const other = proxies.find(({ name }) => name !== admitted)?.name ?? assert.fail();

  deliver([put(pod({ name: 'w', ip: '10.1.1.1' }))], at('2', '1'));
  const next = (rollout: Rollout): Rollout => ({
    ...rollout,
    ...(rollout.candidate && {
      candidate: { ...rollout.candidate, step: 1, admitted: { '': { names: [], below: 1 } } },
    }),
  });
  const told = configMap('rollout', packRollout(await history.steer(next)));
  const versioned = { ...told, metadata: { ...told.metadata, resourceVersion: '9' } };
  deliver([put(versioned)], at('2', '9'));
  const answer = await until('the other is given it, too', async () => {
    const given = await askAs(other);
    return given.revision === CANDIDATE ? given : undefined;
  });
  assert.doesNotMatch(answer.publication.config, /10\.1\.1\.1/, 'the pod is still to come');
  assert.equal(answer.asOf[ROLLOUT]?.lo, '9');
  assert.equal(answer.asOf.pods?.lo, '1');
});
