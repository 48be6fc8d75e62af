import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Occurrence } from '../../functions/core/occurrence.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import { eventOf } from '../../functions/kubernetes/event-object.ts';
import { createEvents } from '../../functions/kubernetes/events.ts';
import { baseCredentials } from '../../functions/kubernetes/service-account.ts';
import { createLog } from '../../functions/wire/log.ts';
import { startApiServer } from '../apiserver/server.ts';
import { failure } from '../apiserver/status.ts';
import { until } from '../kit/until.ts';

const BAD: Occurrence = {
  reason: 'EntryHeldBack',
  object: 'configmaps/lb/services',
  key: 'web',
  subject: '{"a": }',
  note: 'web is held back',
};

async function begin(t: TestContext) {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ component: 'test', write: (line) => lines.push(JSON.parse(line)) });
  const replica = (instance: string) => {
    const uidOf = (object: string) => (object.endsWith('services') ? 'of-services' : undefined);
    const events = createEvents({ client, namespace: 'lb', instance, uidOf, log });
    t.after(() => events.stop());
    return events;
  };
  const written = () => server.store.list('events', 'lb');
  return { server, replica, written, lines };
}

test('what two replicas see is one Event on the ConfigMap, where kubectl describe looks for it', async (t) => {
  const { replica, written, lines } = await begin(t);
  const both = [replica('a'), replica('b')];
  for (const { tell } of both) tell(BAD);
  await Promise.all(both.map((events) => events.settled()));
  const [event, ...others] = written();
  assert.ok(event);
  assert.deepEqual(others, []);
  const { type, reason, action, note, regarding, reportingController, series } = event;
  assert.deepEqual(
    { type, reason, action, note, reportingController, series },
    {
      type: 'Warning',
      reason: 'EntryHeldBack',
      action: 'HoldBack',
      note: 'web is held back',
      reportingController: 'kubernetes-haproxy',
      series: undefined,
    },
  );
  assert.deepEqual(regarding, {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'lb', name: 'services' },
    ...{ uid: 'of-services', fieldPath: 'data[web]' },
  });
  assert.deepEqual(lines, []);
});

test('what comes again is counted once, however many replicas see it', async (t) => {
  const { replica, written } = await begin(t);
  const both = [replica('a'), replica('b')];
  for (const times of [1, 2, 3]) {
    for (const { tell } of both) tell(BAD);
    await Promise.all(both.map((events) => events.settled()));
    const counts = written().map(({ series }) => (series as { count: number })?.count ?? 1);
    assert.deepEqual(counts, [times]);
  }
  const late = replica('late');
  late.tell(BAD);
  late.tell({ ...BAD, subject: 'another' });
  await late.settled();
  assert.equal(written().length, 2);
});

test('an API server that fails for a while is told later', async (t) => {
  const { server, replica, written } = await begin(t);
  server.faults.add({ fault: { kind: 'reset' }, times: 2 });
  const { tell, settled } = replica('a');
  tell(BAD);
  await settled();
  assert.equal(written().length, 1);
});

test('one that does not let it write is asked on, and the log has the rule once', async (t) => {
  const { server, replica, written, lines } = await begin(t);
  const { tell, settled } = replica('a');
  const answer = failure(403, 'Forbidden', 'no');
  server.faults.add({ fault: { kind: 'answer', answer }, times: 2 });
  for (const subject of ['1', '2', '3']) tell({ ...BAD, subject });
  await settled();
  assert.equal(written().length, 1);
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]?.hint), /apiGroups: \[events\.k8s\.io\], resources: \[events\]/);
});

test('a flood is cut off, and the log says so once', async (t) => {
  const { replica, written, lines } = await begin(t);
  const { tell, settled } = replica('a');
  for (let i = 0; i < 500; i++) tell({ ...BAD, subject: String(i) });
  await settled();
  assert.equal(written().length, 25);
  assert.equal(lines.length, 1);
});

test('one that hangs holds up nobody, nor the end', async (t) => {
  const { server, replica } = await begin(t);
  server.faults.add({ fault: { kind: 'silence' }, times: 1000 });
  const { tell, settled, stop } = replica('a');
  tell(BAD);
  stop();
  await until('it gives up', () => settled().then(() => true));
});

test('a note is no longer than the API server takes, and is cut between characters', () => {
  for (const letter of ['x', 'ü', '漢', '𝒳']) {
    const context = { uid: undefined, instance: 'i'.repeat(300), now: 0 };
    const { note, reportingInstance } = eventOf({ ...BAD, note: letter.repeat(2000) }, context);
    assert.ok(Buffer.byteLength(note) <= 1024 && Buffer.byteLength(note) > 1000, letter);
    assert.match(note, new RegExp(`^${letter}+…$`, 'u'));
    assert.ok(Buffer.byteLength(reportingInstance) <= 128);
  }
});
