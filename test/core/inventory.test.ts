import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createInventory } from '../../functions/core/inventory.ts';
import type { Change } from '../../functions/core/objects.ts';
import type { Snapshot } from '../../functions/core/snapshot.ts';
import { memberOf } from '../../functions/template/json/index.ts';
import { configMap, gone, pod, put } from '../kit/objects.ts';

const service = (fields: object) =>
  JSON.stringify({ namespace: 'shop', selector: { app: 'web' }, ...fields });
const SERVICES = configMap('services', {
  web: service({ ports: [80] }),
  api: service({ selector: { app: 'api' } }),
  other: service({ namespace: 'elsewhere' }),
});

function start(changes: readonly Change[]) {
  const inventory = createInventory('lb');
  const update = (more: readonly Change[], unread: readonly string[] = []) =>
    inventory.update({ changes: more, certificates: [], unread });
  return { first: update(changes).snapshot, update };
}

/** A service of these tests, none of which has keys that are numbers. */
interface Shown extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly pods: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly draining: ReadonlyMap<string, unknown>;
}

const shown = ({ services }: Snapshot) => services as unknown as readonly Shown[];
const view = (snapshot: Snapshot, name: string) =>
  shown(snapshot).find((s) => s.name === name) ?? assert.fail(`no ${name}`);
const pods = (snapshot: Snapshot, name: string) => [...view(snapshot, name).pods.keys()];

test('a service has its JSON, its name, and its pods sorted by name', () => {
  const { first } = start([
    put(pod({ name: 'b' })),
    put(pod({ name: '10' })),
    put(pod({ name: '9' })),
    put(SERVICES),
    put(pod({ name: 'a' })),
    put(pod({ name: 'c', labels: { app: 'api' } })),
    put(pod({ name: 'd', namespace: 'elsewhere' })),
  ]);
  assert.deepEqual(
    shown(first).map((s) => s.name),
    ['api', 'other', 'web'],
  );
  assert.deepEqual(pods(first, 'web'), ['10', '9', 'a', 'b']);
  assert.deepEqual(view(first, 'web').ports, [80]);
});

test('pods without an IP, not ready or ended are out; terminating ones that serve are draining', () => {
  const unready = pod({ name: 'containers' });
  const noCondition = {
    ...unready,
    status: { podIP: '10.0.0.9', containerStatuses: [{ ready: true }] },
  };
  const { first } = start([
    put(SERVICES),
    put(pod({ name: 'no-ip', ip: '' })),
    put(pod({ name: 'unready', ready: false })),
    put(pod({ name: 'ending', terminating: true })),
    put(pod({ name: 'ended', terminating: true, ready: false })),
    put(noCondition),
    put({
      ...unready,
      metadata: { ...unready.metadata, name: 'half' },
      status: { podIP: '10.0.0.7', containerStatuses: [{ ready: true }, { ready: false }] },
    }),
    put({
      ...unready,
      metadata: { ...unready.metadata, name: 'bare' },
      status: { podIP: '10.0.0.8' },
    }),
  ]);
  assert.deepEqual(pods(first, 'web'), ['containers']);
  assert.deepEqual([...view(first, 'web').draining.keys()], ['ending']);
});

test('what did not change is the same object', () => {
  const { first, update } = start([put(SERVICES), put(pod({ name: 'a' }))]);
  const second = update([put(pod({ name: 'x', labels: { app: 'api' } }))]).snapshot;
  assert.equal(view(second, 'web'), view(first, 'web'));
  assert.notEqual(view(second, 'api'), view(first, 'api'));
  assert.equal(update([put(pod({ name: 'y', labels: {} }))]).snapshot.services, second.services);
  const third = update([put(configMap('services', { ...SERVICES.data, api: service({}) }))]);
  assert.equal(view(third.snapshot, 'web'), view(first, 'web'));
  const { config } = update([put(configMap('config', { template: 'x' }))]).snapshot;
  assert.equal(update([put(configMap('config', { template: 'x' }))]).snapshot.config, config);
  assert.notEqual(update([put(configMap('config', { template: 'y' }))]).snapshot.config, config);
});

test('the loss of an address is told, a gain is not', () => {
  const a = put(pod({ name: 'a' }));
  const { update } = start([put(SERVICES), a]);
  assert.equal(update([put(pod({ name: 'b' }))]).hasLostPod, false);
  assert.equal(update([put(pod({ name: 'b', terminating: true }))]).hasLostPod, true);
  assert.equal(update([gone(put(pod({ name: 'b' })))]).hasLostPod, false, 'it was lost before');
  assert.equal(update([put(pod({ name: 'a', ip: '10.9.9.9' }))]).hasLostPod, true);
  assert.equal(update([gone(a)]).hasLostPod, true);
});

test('a service that is not in order is left out, and the rest ships', () => {
  const { first, update } = start([put(configMap('services', { bad: '{', good: service({}) }))]);
  assert.deepEqual(
    shown(first).map((s) => s.name),
    ['good'],
  );
  assert.deepEqual(
    first.diagnostics.map((d) => [d.code, d.where.key]),
    [['service-json', 'bad']],
  );
  const mended = update([put(configMap('services', { bad: service({}), good: service({}) }))]);
  assert.deepEqual(mended.snapshot.diagnostics, []);
});

test('services of a namespace that has not been read are left out: an error is never "empty"', () => {
  const { update } = start([put(SERVICES), put(pod({ name: 'a' }))]);
  const { snapshot } = update([], ['elsewhere']);
  assert.deepEqual(
    shown(snapshot).map((s) => s.name),
    ['api', 'web'],
  );
  assert.deepEqual(
    snapshot.diagnostics.map((d) => [d.code, d.where.key]),
    [['service-pods-unread', 'other']],
  );
});

test('the context is frozen', () => {
  const { first } = start([put(SERVICES), put(pod({ name: 'a' }))]);
  const web = view(first, 'web');
  assert.ok(Object.isFrozen(first.services) && Object.isFrozen(web) && Object.isFrozen(web.ports));
  assert.ok(Object.isFrozen(memberOf(web.pods.get('a')?.status, 'conditions')));
});

test('any order of changes, in any portions, gives the same snapshot as all at once', () => {
  const someChange = fc.oneof(
    fc
      .record({
        name: fc.constantFrom('a', 'b', 'c', '1', '2'),
        labels: fc.constantFrom({ app: 'web' }, { app: 'api' }, {}),
        ready: fc.boolean(),
        terminating: fc.boolean(),
      })
      .map((options) => put(pod(options))),
    fc.constantFrom('a', 'b', '1').map((name) => gone(put(pod({ name })))),
    fc
      .subarray(Object.entries(SERVICES.data))
      .map((entries) => put(configMap('services', Object.fromEntries(entries)))),
  );
  fc.assert(
    fc.property(fc.array(someChange, { maxLength: 30 }), (changes) => {
      const { update } = start([]);
      let last: Snapshot | undefined;
      for (const change of changes) last = update([change]).snapshot;
      const final = new Map(changes.map((c) => [`${c.kind}/${c.namespace}/${c.name}`, c]));
      const shuffled = [...final.values()].reverse();
      assert.deepEqual(last ?? update([]).snapshot, start(shuffled).first);
    }),
  );
});

test("a pod's spec and annotations are there when read, in their places, the same each time", () => {
  const plain = pod({ name: 'a' });
  const given = { ...plain, metadata: { ...plain.metadata, annotations: { note: 'é' }, uid: 'u' } };
  const { first } = start([put(SERVICES), put(given)]);
  const a = view(first, 'web').pods.get('a') ?? assert.fail();
  assert.deepEqual(Object.keys(a), ['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  assert.deepEqual(a.spec, given.spec);
  assert.equal(a.spec, a.spec);
  assert.ok(Object.isFrozen(a) && Object.isFrozen(a.spec) && Object.isFrozen(a.metadata));
  assert.equal(JSON.stringify(a), JSON.stringify(given));
});
