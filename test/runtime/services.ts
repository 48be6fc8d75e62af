import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Capabilities, readCapabilities } from '../../reloader/haproxy/capabilities.ts';
import { type Plan, plan, type Release } from '../../reloader/plan.ts';
import { createTombstones, type Tombstones } from '../../reloader/runtime/tombstones.ts';
import type { RuntimeResult } from '../../reloader/runtime.ts';
import { folder } from '../kit/folder.ts';
import { applied } from './applied.ts';
import { type Instance, startHaproxy } from './haproxy.ts';

/** A backend that requests for its own name, as their Host, are sent to by a map. */
export interface Service {
  readonly name: string;
  readonly from?: string;
  /** As on `server` lines. */
  readonly servers: readonly string[];
}

const DEFAULTS = `  mode http
  option httpclose
  timeout client 10s
  timeout server 10s
  timeout connect 5s
  balance roundrobin
`;

const backend = ({ name, from = 'apps', servers }: Service) =>
  `backend ${name} from ${from}\n${servers.map((server) => `  server ${server}\n`).join('')}`;

export const configOf = (root: string, services: readonly Service[]) => `defaults
${DEFAULTS}defaults apps
${DEFAULTS}defaults others
${DEFAULTS}  http-response set-header x-others yes
frontend f from apps
  bind unix@${root}/http.sock
  use_backend %[req.hdr(host),lower,map(${root}/files/hosts.map)]
  http-request return status 404 if { req.hdr(host),lower,map(${root}/files/hosts.map,none) none }
${services.map(backend).join('')}`;

export const mapOf = (services: readonly Service[]) =>
  services.map(({ name }) => `${name} ${name}\n`).join('');

export interface Services {
  readonly root: string;
  readonly instance: Instance;
  readonly capabilities: Capabilities;
  readonly tombstones: Tombstones;
  plan(next: readonly Service[]): Plan;
  /** Goes to other services at runtime. */
  to(next: readonly Service[]): Promise<RuntimeResult>;
  /** The status, and the body of an answer. */
  ask(host: string, path?: string): Promise<string>;
  /** The backends that HAProxy has, sorted. */
  backends(): Promise<readonly string[]>;
}

export function askHost(root: string, host: string, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      socketPath: join(root, 'http.sock'),
      agent: new Agent(),
      path,
      headers: { host },
    };
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      const { statusCode } = response;
      response.on('end', () => resolve(`${statusCode} ${statusCode === 200 ? body : ''}`.trim()));
    });
    sent.on('error', reject).end();
  });
}

/** All of an answer but its date; nothing where the connection is cut, or silent for a second. */
export function askInFull(root: string, host: string, path: string): Promise<string> {
  const socket = connect(join(root, 'http.sock'));
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nx-key: k\r\nconnection: close\r\n\r\n`);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  socket.on('error', () => socket.destroy()).setTimeout(1_000, () => socket.destroy());
  return new Promise((resolve) =>
    socket.on('close', () => resolve(answer.replace(/^date: .*\r\n/im, ''))),
  );
}

/** A request that its server answers late; resolves to the whole answer. */
export function askSlowly(root: string, host: string, ms: number): Promise<string> {
  const socket = connect(join(root, 'http.sock'));
  socket.write(`GET /slow?${ms} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  return new Promise((resolve) => socket.on('close', () => resolve(answer)));
}

/** A HAProxy whose services come and go at runtime. */
export async function startServices(
  t: TestContext,
  services: readonly Service[],
): Promise<Services> {
  const root = await folder();
  const files = { 'files/hosts.map': mapOf(services) };
  const instance = await startHaproxy(t, { root, config: configOf(root, services), files });
  const capabilities = await readCapabilities(instance.ask);
  const tombstones = createTombstones();
  let live = services;
  const release = (each: readonly Service[]): Release => [
    { path: 'haproxy.cfg', content: configOf(root, each) },
    { path: 'files/hosts.map', content: mapOf(each) },
  ];
  const planTo: Services['plan'] = (next) =>
    plan({ old: release(live), new: release(next), root, capabilities });
  return {
    root,
    instance,
    capabilities,
    tombstones,
    plan: planTo,
    async to(next) {
      const result = await applied(planTo(next), { instance, tombstones });
      live = next;
      return result;
    },
    ask: (host, path) => askHost(root, host, path),
    async backends() {
      const shown = await instance.ask('show backend');
      return shown.split('\n').slice(1).sort();
    },
  };
}
