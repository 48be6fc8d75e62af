import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/master.ts';
import { parseStateRows } from '../../reloader/runtime/server-state.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

/** Answers requests with its name at all times, and its checks as it is told: whoever is sent to it shows. */
async function startChecked(t: TestContext, name: string, isWell: boolean) {
  const state = { isWell, port: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/hold') return void response.write('held');
    response.statusCode = request.url === '/check' && !state.isWell ? 503 : 200;
    response.end(name);
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  state.port = (server.address() as AddressInfo).port;
  return state;
}

/** Checks of a server begin late after its place among them: a new worker takes most of a second to find `dead` out. */
const CHECK = 'check inter 1200ms downinter 100ms rise 2 fall 1';

interface Wanted {
  readonly n: number;
  readonly port: number;
  readonly servers: readonly string[];
}

/** A reload for each `n`: a rule in the frontend tells it. */
const configuration = ({ n, port, servers }: Wanted) => `defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
  retries 0
frontend web
  bind 127.0.0.1:${port}
  http-request set-header x-n ${n}
  default_backend app
backend app
  option httpchk GET /check
  http-request set-header x-version ${n}
${servers.map((server) => `  server ${server}\n`).join('')}`;

async function running(t: TestContext) {
  const well = await startChecked(t, 'well', true);
  const dead = await startChecked(t, 'dead', false);
  const port = await freePort();
  const renderer = await startRenderer(t);
  const reloader = await startReloader(t, { stateDir: await folder(t), renderer: renderer.url });
  const { worker } = createMaster(reloader.socket);
  let n = 0;
  /** Serves these servers; a reload where `isReload`. */
  const to = async (servers: readonly string[], isReload = true) => {
    if (isReload) n += 1;
    const bundle = bundleOf(configuration({ n, port, servers }));
    renderer.serve(bundle);
    return reloader.isLive(bundle.etag);
  };
  const states = async () => {
    const rows = parseStateRows(await worker.ask('show servers state app'));
    return new Map(rows.map((row) => [row('srv_name'), row]));
  };
  const isUp = async (name: string) => (await states()).get(name)?.('srv_op_state') === '2';
  const answers = async (count: number) => {
    const texts: string[] = [];
    for (let i = 0; i < count; i += 1) texts.push((await get(port)).text);
    return texts;
  };
  return { well, dead, port, to, states, isUp, answers };
}

test('a server that is dead stays dead over reloads, and comes back by its checks', async (t) => {
  const { well, dead, to, isUp, answers } = await running(t);
  const servers = [`well 127.0.0.1:${well.port} ${CHECK}`, `dead 127.0.0.1:${dead.port} ${CHECK}`];
  await to(servers);
  await until('its check failed', async () => !(await isUp('dead')));
  let meanwhile = 0;
  let isOver = false;
  const load = (async () => {
    while (!isOver) if ((await answers(1))[0] === 'dead') meanwhile += 1;
  })();
  for (let i = 0; i < 3; i += 1) {
    const { counts } = await to(servers);
    assert.equal(counts.reloads, i + 1);
    assert.equal(await isUp('dead'), false, 'set down before the reload counts as done');
    assert.equal(await isUp('well'), true);
    assert.ok(!(await answers(20)).includes('dead'), 'no request goes to it');
  }
  isOver = true;
  await load;
  t.diagnostic(`${meanwhile} requests went to it in the moments in which a new worker came`);
  dead.isWell = true;
  await until('it is back', async () => (await answers(2)).includes('dead'));
});

test('what is another server in the new configuration begins anew', async (t) => {
  const { well, dead, to, isUp, states } = await running(t);
  const other = await startChecked(t, 'other', true);
  const line = (name: string, more = '') => `${name} 127.0.0.1:${dead.port} ${CHECK} ${more}`;
  await to([
    `well 127.0.0.1:${well.port} ${CHECK}`,
    ...['moved', 'weighed', 'same', 'unchecked'].map((name) => line(name)),
  ]);
  for (const name of ['moved', 'weighed', 'same', 'unchecked'])
    await until(`${name} is down`, async () => !(await isUp(name)));
  await to([
    `well 127.0.0.1:${well.port} ${CHECK}`,
    `moved 127.0.0.1:${other.port} ${CHECK}`,
    line('weighed', 'weight 7'),
    line('same'),
    `unchecked 127.0.0.1:${dead.port}`,
  ]);
  const after = await states();
  const up = [...after].filter(([, row]) => row('srv_op_state') === '2').map(([name]) => name);
  assert.deepEqual(up.sort(), ['moved', 'unchecked', 'weighed', 'well']);
  assert.equal(after.get('moved')?.('srv_port'), String(other.port), 'at the port of the new one');
});

test('a server that left and waits in maintenance serves again when a reload brings it back', async (t) => {
  const { well, dead, port, to, isUp, states } = await running(t);
  dead.isWell = true;
  const [stays, goes] = [`well 127.0.0.1:${well.port}`, `goes 127.0.0.1:${dead.port} ${CHECK}`];
  await to([goes]);
  const held = connect(port, '127.0.0.1');
  t.after(() => held.destroy());
  held.write('GET /hold HTTP/1.1\r\nhost: x\r\n\r\n');
  await new Promise((data) => held.once('data', data));
  const left = await to([stays], false);
  assert.equal(left.counts.runtimeApplies, 1);
  assert.equal((await states()).get('goes')?.('srv_admin_state'), '1', 'in maintenance');
  await to([stays, goes]);
  assert.equal(await isUp('goes'), true);
});
