import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';
import type { Instance } from './haproxy.ts';
import { VALUES } from './world.ts';

/** What a HAProxy shows of itself and does, in a form in which two of them can be compared. */
export interface Observation {
  readonly servers: unknown;
  readonly stat: unknown;
  readonly certificates: unknown;
  readonly map: unknown;
  readonly lookups: unknown;
  readonly list: unknown;
  readonly listed: unknown;
  readonly requests: unknown;
  readonly handshakes: unknown;
}

export interface Observed {
  readonly instance: Instance;
  readonly root: string;
  readonly backends: readonly { readonly name: string; readonly settings: readonly string[] }[];
  readonly names: readonly string[];
}

const KEYS = Array.from({ length: 24 }, (_, i) => `/key${i}`);

const isPlaced = (settings: readonly string[]) =>
  settings.some((line) => /^balance (uri|hdr|first)/.test(line));

/** Where ids decide which server a request goes to; elsewhere a deletion may leave other ids than a fresh start gives. */
const isPlacedById = (settings: readonly string[]) =>
  settings.some((line) => /^(balance first|hash-type consistent)/.test(line));

/** One request over a connection of its own; the status and the body of its answer. */
export function get(
  root: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: join(root, 'http.sock'), path, headers, agent: new Agent() };
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () =>
        resolve(`${response.statusCode} ${response.statusCode === 503 ? '' : body}`),
      );
    });
    sent.on('error', reject).end();
  });
}

function handshake(root: string, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = join(root, 'https.sock');
    const socket = connect({ path, servername, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function stat({ instance }: Observed) {
  const lines = (await instance.ask('show stat -1 4 -1')).replace(/^# /, '').split('\n');
  const columns = (lines[0] ?? '').split(',');
  const wanted = ['pxname', 'svname', 'slim', 'status', 'weight', 'act', 'bck', 'addr', 'cookie'];
  const rows = lines.slice(1).map((line) => {
    const cells = line.split(',');
    const row = wanted.map((name) => cells[columns.indexOf(name)]).join(' ');
    // Until its first check a server is UP by some marks only; one that was added and never was up shows no weight.
    return row.replace(/ UP -?\d+\/\d+/, ' UP').replace(/ MAINT \d+/, ' MAINT');
  });
  return rows.filter((row) => row.trim() !== '').sort();
}

async function certificates({ instance, root }: Observed) {
  const listed = (await instance.ask('show ssl cert')).split('\n').filter((l) => l.startsWith('/'));
  const shown: string[] = [];
  for (const file of listed) {
    const text = await instance.ask(`show ssl cert ${file}`);
    shown.push(`${file.slice(root.length)} ${/FingerPrint: (\w+)/.exec(text)?.[1]}`);
  }
  const list = await instance.ask(`show ssl crt-list ${root}/ssl`);
  const members = list.split('\n').filter((line) => line.startsWith('/'));
  return [shown.sort(), members.map((line) => line.slice(root.length)).sort()];
}

async function requests({ root, backends }: Observed) {
  const all: Record<string, unknown> = {};
  const round = async (name: string) => {
    const answers: string[] = [];
    for (const key of KEYS) answers.push(await get(root, key, { 'x-backend': name, 'x-key': key }));
    return answers;
  };
  for (const { name, settings } of backends) {
    const answers = await round(name);
    if (isPlaced(settings)) all[name] = answers;
    // Other weights show in a round robin once a round has passed. Without a balance line it is random from 3.3 on.
    else if (settings.some((line) => /^balance (roundrobin|static-rr)/.test(line)))
      all[name] = [...new Set(await round(name))].sort();
  }
  return all;
}

async function servers({ instance, backends }: Observed) {
  const states = parseServerStates(await instance.ask('show servers state'));
  return backends.map(({ name, settings }) => {
    const rows = [...(states.get(name) ?? [])].map(([server, { id, ...state }]) => [
      server,
      isPlacedById(settings) ? { ...state, id } : state,
    ]);
    return [name, rows.map((row) => JSON.stringify(row)).sort()];
  });
}

export async function observe(observed: Observed): Promise<Observation> {
  const { instance, root, names } = observed;
  // The map is one that is looked up in a tree: its order is of no account.
  const shown = (await instance.ask(`show map ${root}/files/m.map`)).replaceAll(/^0x\w+ /gm, '');
  const map = shown.split('\n').sort();
  const lookups: string[] = [];
  for (const key of [...names, 'filler3']) lookups.push(await get(root, '/', { 'x-map': key }));
  // A pattern that a file has twice is twice in HAProxy after a start, and means the same.
  const patterns = (await instance.ask(`show acl ${root}/files/list`)).replaceAll(/^0x\w+ /gm, '');
  const listed: string[] = [];
  for (const value of VALUES)
    listed.push(await get(root, '/', { 'x-list': encodeURIComponent(value) }));
  const handshakes: string[] = [];
  for (const name of [...names, 'nobody']) handshakes.push(await handshake(root, `${name}.test`));
  return {
    servers: await servers(observed),
    stat: await stat(observed),
    certificates: await certificates(observed),
    map,
    lookups,
    list: [...new Set(patterns.split('\n'))].sort(),
    listed,
    requests: await requests(observed),
    handshakes,
  };
}
