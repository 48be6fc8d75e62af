import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { capabilitiesOf, parseVersion } from '../../reloader/haproxy/capabilities.ts';
import { plan } from '../../reloader/plan.ts';
import { createTombstones } from '../../reloader/runtime/tombstones.ts';
import { type RuntimeResult, runOperations } from '../../reloader/runtime.ts';
import { startBackend } from '../kit/backend.ts';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';
import { startHaproxy } from './haproxy.ts';

const config = (root: string, servers: readonly string[]) => `defaults
  mode http
  option httpclose
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend f
  bind unix@${root}/http.sock
  default_backend b
backend b
${servers.map((server) => `  server ${server}\n`).join('')}`;

async function start(t: TestContext, servers: readonly string[]) {
  const root = await folder();
  const instance = await startHaproxy(t, { root, config: config(root, servers) });
  const capabilities = capabilitiesOf(parseVersion(await instance.ask('show version')));
  const tombstones = createTombstones();
  let live = servers;
  const to = async (next: readonly string[]): Promise<RuntimeResult> => {
    const release = (list: readonly string[]) => [
      { path: 'haproxy.cfg', content: config(root, list) },
    ];
    const decided = plan({ old: release(live), new: release(next), root, capabilities });
    assert.equal(decided.kind, 'runtime', JSON.stringify(decided));
    const operations = decided.kind === 'runtime' ? decided.operations : [];
    const session = instance.open('worker');
    const result = await runOperations({ operations, session, tombstones });
    session.close();
    live = next;
    return result;
  };
  const names = async () => {
    const lines = (await instance.ask('show servers state b')).split('\n').slice(2);
    return lines.map((line) => line.split(' ')[3]).sort();
  };
  return { root, instance, tombstones, to, names };
}

/** A request that its server answers late: a connection to it goes on meanwhile. */
async function slowRequest(root: string, ms: number) {
  const socket = connect(join(root, 'http.sock'));
  socket.write(`GET /slow?${ms} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  const done = new Promise<string>((resolve) => socket.on('close', () => resolve(answer)));
  await delay(50);
  return done;
}

test('a server with a request in flight leaves, waits, comes back as it was, and goes in the end', async (t) => {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const [one, two] = [`a 127.0.0.1:${a.port}`, `b 127.0.0.1:${b.port}`];
  const { root, instance, tombstones, to, names } = await start(t, [one]);
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

test('what is not as the files say is a surprise', async (t) => {
  const { instance, to } = await start(t, ['a 127.0.0.1:1', 'b 127.0.0.1:2']);
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
  const { to, names } = await start(t, ['stays 127.0.0.1:1']);
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
  const { to } = await start(t, many(1000));
  assert.equal((await to(many(3000))).kind, 'applied');
  assert.equal((await to(many(5000))).kind, 'applied');
});
