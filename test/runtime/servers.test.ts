import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Operation } from '../../reloader/operation.ts';
import { readServerStates } from '../../reloader/runtime/server-state.ts';
import { runOperations } from '../../reloader/runtime.ts';
import { startBackend } from '../kit/backend.ts';
import { until } from '../kit/until.ts';
import { askBackend, slowRequest, startOneBackend } from './one-backend.ts';

test('a server with a request in flight leaves, waits, comes back as it was, and goes in the end', async (t) => {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const [one, two] = [`a 127.0.0.1:${a.port}`, `b 127.0.0.1:${b.port}`];
  const { root, instance, tombstones, to, names } = await startOneBackend(t, [one]);
  const first = await slowRequest(root, 700);
  void first;
  const pending = slowRequest(root, 700);
  await until('the request is under way', async () =>
    /,a,0,0,[1-9]/.test(await instance.ask('show stat b 4 -1')),
  );
  const left = await to([two]);
  assert.equal(left.kind, 'applied');
  assert.equal(tombstones.size, 1);
  assert.deepEqual(await names(), ['a', 'b'], 'it waits in maintenance');

  const back = await to([two, one]);
  assert.equal(back.kind, 'applied', JSON.stringify(back));
  assert.equal(tombstones.size, 0);

  assert.equal((await to([two])).kind, 'applied');
  assert.equal(tombstones.size, 1);
  const changed = await to([two, `${one} weight 9`]);
  assert.equal(changed.kind, 'surprise', 'another server of that name: a reload');
  assert.match((await pending).toString(), /^HTTP\/1.1 200/);
  const session = instance.open('worker');
  await until('it is gone', async () => (await tombstones.sweep(session)) === 0);
  session.close();
  assert.deepEqual(await names(), ['b']);
});

/** A backend whose only server is a, where b left before it and waits for a request to end. */
async function startWaiting(t: TestContext) {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const [one, two] = [`a 127.0.0.1:${a.port}`, `b 127.0.0.1:${b.port}`];
  const started = await startOneBackend(t, [two]);
  const { root, instance, tombstones, to } = started;
  const pending = slowRequest(root, 4_000);
  await until('the request is under way', async () =>
    /,b,0,0,[1-9]/.test(await instance.ask('show stat b 4 -1')),
  );
  assert.equal((await to([one])).kind, 'applied');
  assert.equal(tombstones.size, 1);
  /** How often nobody was left to serve. */
  const timesEmpty = async () => {
    const [head = '', row = ''] = (await instance.ask('show stat b 2 -1')).split('\n');
    return row.split(',')[head.split(',').indexOf('chkdown')];
  };
  const endRequest = async () => {
    b.server.closeAllConnections();
    await pending;
    await until('the server is free', async () => {
      const isUnused = /^b\/b (?:\S+ ){5}0 /m.test(await instance.ask('show servers conn b'));
      return isUnused && /,b,0,0,0,/.test(await instance.ask('show stat b 4 -1'));
    });
  };
  return { ...started, two, endRequest, timesEmpty };
}

test('the only server leaves once the one in its place is back, whose requests go on', async (t) => {
  const { root, tombstones, to, two, endRequest, timesEmpty } = await startWaiting(t);
  const back = await to([two]);
  assert.equal(back.kind, 'applied', JSON.stringify(back));
  assert.equal(await timesEmpty(), '0');
  assert.equal(await askBackend(root), 'b');
  assert.equal(tombstones.size, 0);
  await endRequest();
});

test('the only server leaves once the one in its place is added, whose name had to be freed', async (t) => {
  const { root, to, two, endRequest, timesEmpty } = await startWaiting(t);
  await endRequest();
  const back = await to([`${two} weight 9`]);
  assert.equal(back.kind, 'applied', JSON.stringify(back));
  assert.equal(await timesEmpty(), '0');
  assert.equal(await askBackend(root), 'b');
});

test('the only server stays where the name of the one in its place cannot be freed', async (t) => {
  const { root, to, two, endRequest, timesEmpty } = await startWaiting(t);
  const back = await to([`${two} weight 9`]);
  assert.match(JSON.stringify(back), /"surprise".*b\/b comes back changed/);
  assert.equal(await timesEmpty(), '0');
  assert.equal(await askBackend(root), 'a');
  await endRequest();
});

test('the only server stays where HAProxy refuses the one in its place', async (t) => {
  const { instance, tombstones } = await startOneBackend(t, ['a 127.0.0.1:1']);
  const target = { backend: 'b', name: 'b', address: '127.0.0.1', port: 2, weight: 1, id: 0 };
  const words = ['127.0.0.1:2', 'no-such-option'];
  const session = instance.open('worker');
  const operations: Operation[] = [
    { kind: 'add-server', target: { ...target, disabled: false }, words, check: false, after: [] },
    { kind: 'disable-server', backend: 'b', name: 'a' },
  ];
  const result = await runOperations({ operations, session, tombstones });
  assert.match(JSON.stringify(result), /"surprise".*add server b\/b/);
  const states = await readServerStates(session, new Set(['b']));
  session.close();
  assert.equal(states.get('b')?.get('a')?.disabled, false);
});

test('what is not as the files say is a surprise', async (t) => {
  const { instance, to } = await startOneBackend(t, ['a 127.0.0.1:1', 'b 127.0.0.1:2']);
  await instance.ask('set server b/a state maint');
  await instance.ask('del server b/a');
  const gone = await to(['a 127.0.0.1:3', 'b 127.0.0.1:2']);
  assert.match(JSON.stringify(gone), /"surprise".*b\/a is not there/);
  await instance.ask('add server b/c 127.0.0.1:4');
  const taken = await to(['a 127.0.0.1:3', 'b 127.0.0.1:2', 'c 127.0.0.1:4']);
  assert.match(JSON.stringify(taken), /"surprise".*b\/c is there already/);
});

test('a thousand servers come and go in one apply', async (t) => {
  const many = (from: number) =>
    Array.from({ length: 1000 }, (_, i) => `s${from + i} 127.0.0.1:${1000 + i}`);
  const { to, names } = await startOneBackend(t, ['stays 127.0.0.1:1']);
  const come = await to(['stays 127.0.0.1:1', ...many(0)]);
  assert.equal(come.kind, 'applied');
  if (come.kind === 'applied') t.diagnostic(`added: ${JSON.stringify(come.report.phases)}`);
  const go = await to(['stays 127.0.0.1:1', ...many(1000)]);
  assert.equal(go.kind, 'applied');
  if (go.kind === 'applied') t.diagnostic(`replaced: ${JSON.stringify(go.report.phases)}`);
  assert.equal((await names()).length, 1001);
});

test('a thousand moves, which 3.x carries out a moment later', async (t) => {
  const many = (port: number) =>
    Array.from({ length: 1000 }, (_, i) => `s${i} 127.0.0.1:${port + i}`);
  const { to } = await startOneBackend(t, many(1000));
  assert.equal((await to(many(3000))).kind, 'applied');
  assert.equal((await to(many(5000))).kind, 'applied');
});
