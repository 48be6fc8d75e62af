import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { parseStateRows } from '../../reloader/runtime/state-row.ts';
import { folder } from '../kit/folder.ts';
import { oneOf } from '../kit/full-size.ts';
import { startHaproxy } from '../kit/haproxy.ts';
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
  /** A line more for the defaults. */
  readonly line?: string;
}

/** A reload for each `n`: a rule in the frontend tells it. */
const configuration = ({ n, port, servers, line = '' }: Wanted) => `defaults
  mode http
${line}
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

const BY_FILE = '  load-server-state-from-file global';

interface RunningOptions {
  /** A line more for the defaults. */
  readonly line?: string | undefined;
  readonly kind?: 'child' | 'neighbour';
}

async function running(t: TestContext, { line, kind = 'child' }: RunningOptions) {
  const well = await startChecked(t, 'well', true);
  const dead = await startChecked(t, 'dead', false);
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  // Beside a neighbour the reloader starts no HAProxy of its own, so that its socket is free.
  const socket = join(stateDir, 'master.sock');
  const flags = kind === 'child' ? [] : [`--master-socket=${socket}`];
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags });
  const { worker } = createMaster(socket);
  let isStarted = kind === 'child';
  const startNeighbour = async () => {
    isStarted = true;
    await until('a first release is in place', async () => (await reloader.status()).lastGood);
    await startHaproxy(t, { config: join(stateDir, 'current', 'haproxy.cfg'), socket });
  };
  let n = 0;
  /** Serves these servers; a reload where `isReload`. */
  const to = async (servers: readonly string[], isReload = true) => {
    if (isReload) n += 1;
    const bundle = bundleOf(
      configuration({ n, port, servers, ...(line === undefined ? {} : { line }) }),
    );
    renderer.serve(bundle);
    if (!isStarted) await startNeighbour();
    return reloader.isLive(bundle.etag);
  };
  const states = async () => {
    const rows = parseStateRows(await worker.ask('show servers state app'));
    return new Map([...rows].map((row) => [row.cell('srv_name'), row]));
  };
  const isUp = async (name: string) => (await states()).get(name)?.cell('srv_op_state') === '2';
  const answers = async (count: number) => {
    const texts: string[] = [];
    for (let i = 0; i < count; i += 1) texts.push((await get(port)).text);
    return texts;
  };
  return { well, dead, port, stateDir, worker, to, states, isUp, answers };
}

const WAYS = [
  { way: 'over the Runtime API', line: undefined },
  { way: 'by a state file', line: BY_FILE },
] as const;

const KINDS = ['child', 'neighbour'] as const;

const ALL = WAYS.flatMap((each) => KINDS.map((kind) => ({ ...each, kind })));

// Each way and each kind once.
for (const { way, line, kind } of oneOf(3, ALL))
  test(`a server that is dead stays dead over reloads of a ${kind}, and comes back by its checks: ${way}`, async (t) => {
    const { well, dead, to, isUp, answers } = await running(t, { line, kind });
    const servers = [
      `well 127.0.0.1:${well.port} ${CHECK}`,
      `dead 127.0.0.1:${dead.port} ${CHECK}`,
    ];
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
    if (line === BY_FILE)
      assert.equal(meanwhile, 0, 'not one request, not even while a new worker came');
    t.diagnostic(`${meanwhile} requests went to it in the moments in which a new worker came`);
    dead.isWell = true;
    await until('it is back', async () => (await answers(2)).includes('dead'));
  });

for (const { way, line } of WAYS)
  test(`what is another server in the new configuration begins anew: ${way}`, async (t) => {
    const { well, dead, to, isUp, states } = await running(t, { line });
    const other = await startChecked(t, 'other', true);
    const server = (name: string, more = '') => `${name} 127.0.0.1:${dead.port} ${CHECK} ${more}`;
    await to([
      `well 127.0.0.1:${well.port} ${CHECK}`,
      ...['moved', 'weighed', 'same', 'unchecked'].map((name) => server(name)),
    ]);
    for (const name of ['moved', 'weighed', 'same', 'unchecked'])
      await until(`${name} is down`, async () => !(await isUp(name)));
    await to([
      `well 127.0.0.1:${well.port} ${CHECK}`,
      `moved 127.0.0.1:${other.port} ${CHECK}`,
      server('weighed', 'weight 7'),
      server('same'),
      `unchecked 127.0.0.1:${dead.port}`,
    ]);
    const after = await states();
    const up = [...after]
      .filter(([, row]) => row.cell('srv_op_state') === '2')
      .map(([name]) => name);
    assert.deepEqual(up.sort(), ['moved', 'unchecked', 'weighed', 'well']);
    assert.equal(
      after.get('moved')?.cell('srv_port'),
      String(other.port),
      'at the port of the new one',
    );
  });

for (const { way, line } of WAYS)
  test(`a server that left and waits in maintenance serves again when a reload brings it back: ${way}`, async (t) => {
    const { well, dead, port, to, isUp, states } = await running(t, { line });
    dead.isWell = true;
    const [stays, goes] = [`well 127.0.0.1:${well.port}`, `goes 127.0.0.1:${dead.port} ${CHECK}`];
    await to([goes]);
    const held = connect(port, '127.0.0.1');
    t.after(() => held.destroy());
    held.write('GET /hold HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((data) => held.once('data', data));
    const left = await to([stays], false);
    assert.equal(left.counts.runtimeApplies, 1);
    assert.equal((await states()).get('goes')?.cell('srv_admin_state'), '1', 'in maintenance');
    await to([stays, goes]);
    assert.equal(await isUp('goes'), true);
  });

test('a state file holds rows for a reload alone, those of an operator among them', async (t) => {
  const { well, dead, stateDir, worker, to, states, isUp } = await running(t, { line: BY_FILE });
  const stateFile = () => readFile(join(stateDir, 'servers.state'), 'utf8');
  const [a, b] = [`well 127.0.0.1:${well.port} ${CHECK}`, `dead 127.0.0.1:${dead.port} ${CHECK}`];
  await to([a, b, `idle 127.0.0.1:${well.port}`, `tired 127.0.0.1:${well.port}`]);
  await until('its check failed', async () => !(await isUp('dead')));
  await worker.ask('set server app/idle state maint');
  await worker.ask('set server app/tired state drain');
  // Its id, and that of its backend, are others in the new worker: names count.
  await to([
    `first 127.0.0.1:${well.port}`,
    `tired 127.0.0.1:${well.port}`,
    b,
    a,
    `idle 127.0.0.1:${well.port}`,
  ]);
  const after = await states();
  const admin = (name: string) => after.get(name)?.cell('srv_admin_state');
  assert.equal(await isUp('dead'), false);
  assert.deepEqual(['first', 'well', 'idle', 'tired'].map(admin), ['0', '0', '1', '8']);
  assert.equal(await stateFile(), '1\n');
});
