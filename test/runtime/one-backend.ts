import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readCapabilities } from '../../reloader/haproxy/capabilities.ts';
import { plan } from '../../reloader/plan.ts';
import { createTombstones } from '../../reloader/runtime/tombstones.ts';
import type { RuntimeResult } from '../../reloader/runtime.ts';
import { folder } from '../kit/folder.ts';
import { applied } from './applied.ts';
import { startHaproxy } from './haproxy.ts';

const configOf = (root: string, settings: string, servers: readonly string[]) => `defaults
  mode http
  option httpclose
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend f
  bind unix@${root}/http.sock
  default_backend b
backend b
${settings}${servers.map((server) => `  server ${server}\n`).join('')}`;

/** A HAProxy with one backend, whose servers are changed at runtime. */
export async function startOneBackend(
  t: TestContext,
  servers: readonly string[],
  settings: readonly string[] = [],
) {
  const root = await folder();
  const lines = settings.map((line) => `  ${line}\n`).join('');
  const config = (list: readonly string[]) => configOf(root, lines, list);
  const instance = await startHaproxy(t, { root, config: config(servers) });
  const capabilities = await readCapabilities(instance.ask);
  const tombstones = createTombstones();
  let live = servers;
  const to = async (next: readonly string[]): Promise<RuntimeResult> => {
    const release = (list: readonly string[]) => [{ path: 'haproxy.cfg', content: config(list) }];
    const decided = plan({ old: release(live), new: release(next), root, capabilities });
    const result = await applied(decided, { instance, tombstones });
    live = next;
    return result;
  };
  const names = async () => {
    const lines = (await instance.ask('show servers state b')).split('\n').slice(2);
    return lines.map((line) => line.split(' ')[3]).sort();
  };
  return { root, instance, capabilities, tombstones, to, names };
}

/** What the backend answers to one request. */
export function askBackend(root: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      socketPath: join(root, 'http.sock'),
      agent: new Agent(),
      headers: { host: 'x.test' },
    };
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(body.trim()));
    });
    sent.on('error', reject).end();
  });
}

/** A request that its server answers late: a connection to it goes on meanwhile. */
export async function slowRequest(root: string, ms: number) {
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
