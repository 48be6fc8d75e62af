import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findProcesses } from '../../reloader/haproxy/own-processes.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

const CHANGES = 10;
const WEBSOCKETS = 100;

interface Pod {
  readonly name: string;
  readonly address: string;
  readonly process: ChildProcess;
}

/** Pods as processes of their own, small ones: each a HAProxy that answers by itself. */
function createPods(t: TestContext, home: string, port: number) {
  const all = new Set<ChildProcess>();
  t.after(() => {
    for (const child of all) child.kill('SIGKILL');
  });
  const start = async (n: number): Promise<Pod> => {
    const address = `127.85.${n >> 8}.${n & 255}`;
    const config = join(home, `pod-${n}.cfg`);
    const text = `global\n  nbthread 1\n  maxconn 200\ndefaults\n  mode http\n  timeout client 30s\n  timeout http-keep-alive 30s\nfrontend pod\n  bind ${address}:${port}\n  http-request return status 200 content-type text/plain string "pod-${n}"\n`;
    await writeFile(config, text);
    const child = spawn(HAPROXY, ['-db', '-f', config], { stdio: 'ignore' });
    all.add(child);
    await until(`pod-${n} serves`, () => isListening(address, port));
    return { name: `pod-${n}`, address, process: child };
  };
  /** As a pod ends: what it serves is finished first. */
  const end = async ({ process: child }: Pod) => {
    const ended = once(child, 'exit');
    child.kill('SIGUSR1');
    await ended;
    all.delete(child);
  };
  return { start, end };
}

const isListening = (host: string, port: number) =>
  new Promise<boolean>((done) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });

/** A pod that stays and keeps upgraded connections open, echoing what comes. */
async function startEcho(t: TestContext): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
      );
      socket.pipe(socket);
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return (server.address() as { port: number }).port;
}

async function openWebsocket(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 101/);
  return socket;
}

/** Whether what is sent comes back. */
async function echoes(socket: Socket, text: string): Promise<boolean> {
  if (socket.destroyed) return false;
  const came = once(socket, 'data', { signal: AbortSignal.timeout(5_000) });
  socket.write(text);
  return came.then(
    ([data]) => String(data) === text,
    () => false,
  );
}

function startWrk(port: number, headers: readonly string[]) {
  const url = `http://127.0.0.1:${port}/`;
  const child = spawn('wrk', ['-t1', '-c16', '-d600s', ...headers, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return async () => {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
    return output.replaceAll(/\s+/g, ' ');
  };
}

const resident = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

interface Fleet {
  readonly pods: number;
  readonly byReload: boolean;
}

async function replaceAll(t: TestContext, { pods: count, byReload }: Fleet) {
  const atATime = count / CHANGES;
  const home = await folder();
  const [port, podPort, echoPort] = [await freePort(), await freePort(), await startEcho(t)];
  const pods = createPods(t, home, podPort);
  const bundle = (serving: readonly Pod[], change: number) => {
    const rule = byReload ? `  http-request set-header x-change ${change}\n` : '';
    const servers = serving.map((pod) => `  server ${pod.name} ${pod.address}:${podPort}\n`);
    return bundleOf(`global
  maxconn 4000
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server 1h
frontend web
  bind 127.0.0.1:${port}
  use_backend echo if { path /ws }
${rule}  default_backend app
backend echo
  server echo 127.0.0.1:${echoPort}
backend app
${servers.join('')}`);
  };
  const renderer = await startRenderer(t);
  let serving: Pod[] = [];
  for (let n = 1; n <= count; n += 1) serving.push(await pods.start(n));
  renderer.serve(bundle(serving, 0));
  const stateDir = await folder();
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(bundle(serving, 0).etag);
  const sockets = await Promise.all(
    Array.from({ length: WEBSOCKETS }, () => openWebsocket(t, port)),
  );
  const loads = [startWrk(port, []), startWrk(port, ['-H', 'Connection: close'])];
  for (let change = 1; change <= CHANGES; change += 1) {
    const fresh: Pod[] = [];
    for (let i = 1; i <= atATime; i += 1)
      fresh.push(await pods.start(count + (change - 1) * atATime + i));
    const leaving = serving.slice(0, atATime);
    serving = [...serving.slice(atATime), ...fresh];
    renderer.serve(bundle(serving, change));
    await reloader.isLive(bundle(serving, change).etag);
    await Promise.all(leaving.map(pods.end));
  }
  const outputs = await Promise.all(loads.map((stop) => stop()));
  const alive = await Promise.all(sockets.map((socket, i) => echoes(socket, `hello ${i}`)));
  const status = await reloader.status();
  const processes = await findProcesses(join(stateDir, 'master.sock'));
  const mib = Math.round(processes.map(resident).reduce((sum, value) => sum + value, 0));
  const lost = alive.filter((isAlive) => !isAlive).length;
  t.diagnostic(JSON.stringify({ outputs, lost, mib, processes: processes.length }));
  t.diagnostic(JSON.stringify({ counts: status.counts, haproxy: status.haproxy }));
  assert.equal((await get(port)).status, 200);
  return { outputs, lost, counts: status.counts };
}

test('500 pods replaced, 50 at a time, under load: nothing lost and no reload', async (t) => {
  const { outputs, lost, counts } = await replaceAll(t, { pods: 500, byReload: false });
  for (const output of outputs) {
    assert.match(output, /\d+ requests in/);
    assert.doesNotMatch(output, /Socket errors|Non-2xx/);
  }
  assert.equal(lost, 0);
  assert.equal(counts.reloads, 0);
  assert.equal(counts.runtimeApplies, CHANGES);
});

test('a fifth as many by a reload for each change, for comparison', async (t) => {
  const { counts } = await replaceAll(t, { pods: 100, byReload: true });
  assert.equal(counts.reloads, CHANGES);
});
