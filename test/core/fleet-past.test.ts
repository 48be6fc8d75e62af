import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPast } from '../../functions/core/fleet-past.ts';
import type { FleetPod } from '../../functions/core/fleet-pod.ts';

const pod = (name: string, ip: string): FleetPod => ({
  put: { type: 'put', kind: 'pods', namespace: 'shop', name, packed: new Uint8Array() },
  ip,
  isReady: true,
  group: { key: 'shop {}', namespace: 'shop', labels: undefined, services: ['web'], pods: 1 },
});

/** A fleet and its past; what becomes of a pod is undefined where it is deleted. */
function start() {
  const past = createPast();
  const now = new Map<string, FleetPod>();
  let version = 0;
  const change = (name: string, after: FleetPod | undefined, at = 0) => {
    version++;
    const own = { lo: String(version), hi: String(version) };
    const before = now.get(name);
    if (after) now.set(name, after);
    else now.delete(name);
    past.note(
      { key: name, before, namespace: 'shop', version: String(version), at },
      { pods: own },
    );
    past.reach({ pods: own });
  };
  const ips = (state: ReadonlyMap<string, FleetPod> | undefined) =>
    state && Object.fromEntries([...state].map(([name, { ip }]) => [name, ip]).sort());
  return { past, now, change, ips };
}

test('the way back leads over every change of a pod, to each state that it was in', () => {
  const { past, now, change, ips } = start();
  const states: unknown[] = [ips(now)];
  const steps: readonly (readonly [string, string?])[] = [
    ['a', '10.0.0.1'],
    ['b', '10.0.0.2'],
    ['a', '10.0.0.3'],
    ['a'],
    ['a', '10.0.0.4'],
    ['b'],
    ['a', '10.0.0.1'],
  ];
  for (const [name, ip] of steps) {
    change(name, ip === undefined ? undefined : pod(name, ip));
    states.push(ips(now));
  }
  for (const [changes, state] of states.entries()) {
    assert.deepEqual(ips(past.after(changes, now)), state);
    const versions = { pods: String(changes) };
    assert.deepEqual(ips(past.at(versions, now)), state, `at version ${changes}`);
  }
});

test('what is older than is wanted is forgotten, and told to be unknown', () => {
  const { past, now, change, ips } = start();
  for (let i = 1; i <= 20; i++) change('a', pod('a', `10.0.0.${i}`), i);
  past.forget(20, 18);
  assert.deepEqual(ips(past.after(18, now)), { a: '10.0.0.18' });
  assert.deepEqual(ips(past.at({ pods: '18' }, now)), { a: '10.0.0.18' });
  assert.equal(past.at({ pods: '3' }, now), undefined);
});
