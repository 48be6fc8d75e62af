import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import type { Bundle, ManifestText } from '../../functions/index.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { until } from '../kit/until.ts';
import { startPod } from './backends.ts';
import { renderTexts } from './example.ts';

export interface Check {
  /** 0 fine, 1 an error, 2 no listener. */
  readonly status: number | null;
  /** Warnings and errors, a line each. */
  readonly alerts: readonly string[];
}

/** Writes a bundle's files below a folder. */
export function stage(bundle: Bundle, target: string): void {
  for (const name of ['ssl', 'files']) mkdirSync(join(target, name), { recursive: true });
  for (const { path, mode, content } of bundle.files) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), content, { mode });
  }
}

/** What `haproxy -c` says about a configuration. */
export function check(file: string): Check {
  const { status, stderr } = spawnSync(HAPROXY, ['-c', '-f', file], { encoding: 'utf8' });
  return { status, alerts: stderr.split('\n').filter((line) => /^\[(WARN|ALERT)/.test(line)) };
}

/** A HAProxy that runs an example, on ports of its own, with backends of its own. */
export interface Proxy {
  /** The port that stands for one of the example's. */
  port(example: number): number;
  /** Pods that the configuration has servers for, sorted. */
  readonly pods: readonly string[];
  /** What it is rendered to: the example's own ports and addresses. */
  readonly rendered: string;
}

export interface ProxyOptions {
  readonly texts: readonly ManifestText[];
  /** Starts what stands for a pod; gives its port. */
  readonly startPod?: (t: TestContext, pod: string, proxy: Proxy) => Promise<number>;
}

const BIND = /^( *bind ):(\d+)/gm;
const SERVER = /^( *server (\S+?)(?:_\d+)? )(\S+:\d+)/gm;

async function startOn(child: ChildProcess, healthPort: number): Promise<'running' | 'port taken'> {
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  return until('HAProxy takes connections', async () => {
    if (child.exitCode !== null) {
      if (output.includes('cannot bind')) return 'port taken';
      throw new Error(`HAProxy ended: ${output}`);
    }
    const { status } = await get({ port: healthPort, path: '/healthz' });
    return status === 200 ? 'running' : undefined;
  });
}

/** Starts a real HAProxy with what the product renders of an example; it ends with the test. */
export async function startProxy(t: TestContext, options: ProxyOptions): Promise<Proxy> {
  const target = await folder();
  const folders = { sslDir: join(target, 'ssl'), filesDir: join(target, 'files') };
  const bundle = renderTexts(options.texts, { ...folders, mayRemark: true });
  stage(bundle, target);
  const file = join(target, 'haproxy.cfg');
  const rendered = bundle.files.find(({ path }) => path === 'haproxy.cfg')?.content ?? '';
  const ports = new Map<string, number>();
  const servers = [...rendered.matchAll(SERVER)];
  const proxy: Proxy = {
    port: (example) => ports.get(String(example)) ?? 0,
    pods: [...new Set(servers.map(([, , pod = '']) => pod))].sort(),
    rendered,
  };
  const start = options.startPod ?? ((context, pod) => startPod(context, pod));
  const backends = new Map<string, number>();
  for (const [, , pod = '', address = ''] of servers)
    if (!backends.has(address)) backends.set(address, await start(t, pod, proxy));

  for (let tries = 1; ; tries += 1) {
    for (const [, , port = ''] of rendered.matchAll(BIND)) ports.set(port, await freePort());
    const local = rendered
      .replace(BIND, (_, bind, port) => `${bind}127.0.0.1:${ports.get(port)}`)
      .replace(SERVER, (_, server, __, address) => `${server}127.0.0.1:${backends.get(address)}`);
    writeFileSync(file, local);
    const child = spawn(HAPROXY, ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    t.after(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    const outcome = await startOn(child, proxy.port(8404));
    if (outcome === 'running') return proxy;
    if (tries === 5) throw new Error('no free ports for HAProxy');
  }
}

export interface Got {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request over a connection of its own. */
export function get(options: {
  readonly port: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the name in the header Host. */
  readonly isTls?: boolean;
}): Promise<Got> {
  const { isTls = false, ...plain } = options;
  const tls = { servername: options.headers?.Host ?? '', rejectUnauthorized: false };
  const ask = isTls ? secureRequest : request;
  return new Promise((resolve, reject) => {
    ask({ host: '127.0.0.1', agent: false, ...plain, ...(isTls && tls) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** The pod that answered, without the parts of its name that its ReplicaSet gave it. */
export function podOf({ body, status }: Got): string {
  if (status !== 200) return `status ${status}`;
  const { pod } = JSON.parse(body) as { pod: string };
  return pod.split('-').slice(0, -2).join('-');
}

/** What a listener answers with for a name: the names in its certificate, or nothing. */
export function namesServed(port: number, servername: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', servername, rejectUnauthorized: false };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate().subjectaltname ?? '');
      socket.destroy();
    });
    socket.on('error', () => resolve(''));
  });
}
