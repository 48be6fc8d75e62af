import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { readBackends } from '../../reloader/runtime/backends.ts';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';
import type { Instance } from './haproxy.ts';
import { BY_ADDRESS, VALUES, type World } from './world.ts';
import { SERVICE_NAMES, SOURCES } from './world-services.ts';

/** What a HAProxy shows of itself and does, in a form in which two of them can be compared. */
export interface Observation {
  readonly backends: unknown;
  readonly servers: unknown;
  readonly stat: unknown;
  readonly certificates: unknown;
  readonly map: unknown;
  readonly lookups: unknown;
  readonly list: unknown;
  readonly listed: unknown;
  readonly requests: unknown;
  readonly cookies: unknown;
  readonly handshakes: unknown;
}

interface ObservedBackend {
  readonly name: string;
  readonly settings: readonly string[];
  /** Before `.test`, where a map leads to it. */
  readonly host?: string;
}

export interface Observed {
  readonly instance: Instance;
  readonly root: string;
  readonly world: World;
  readonly names: readonly string[];
}

/** Those that a request names, and services, that its Host leads to. */
const backendsOf = ({ world }: Observed): readonly ObservedBackend[] => [
  ...world.backends,
  ...world.services.map(({ name, from }) => ({ name, settings: SOURCES[from], host: name })),
];

const KEYS = Array.from({ length: 24 }, (_, i) => `/key${i}`);

const isPlaced = (settings: readonly string[]) =>
  settings.some((line) => /^balance (uri|hdr|first)/.test(line));

/** Where ids decide which server a request goes to; elsewhere a deletion may leave other ids than a fresh start gives. */
const isPlacedById = (settings: readonly string[]) =>
  settings.some((line) => /^(balance first|hash-type consistent)/.test(line)) &&
  !settings.includes(BY_ADDRESS);

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

/** A proxy's servers by the cells of `show stat`. */
async function statRows({ instance }: Observed, backend: string) {
  const lines = (await instance.ask('show stat -1 4 -1')).replace(/^# /, '').split('\n');
  const columns = (lines[0] ?? '').split(',');
  const rows = lines.slice(1).map((line) => {
    const cells = line.split(',');
    return (name: string) => cells[columns.indexOf(name)] ?? '';
  });
  return rows.filter((cell) => cell('pxname') === backend);
}

const isUp = (cell: (name: string) => string) => /^(UP|no check)/.test(cell('status'));

/** How many ports requests go to in time, by what HAProxy shows of the servers' state. */
async function countReachable(observed: Observed, backend: ObservedBackend): Promise<number> {
  const rows = await statRows(observed, backend.name);
  const usable = rows.filter((cell) => isUp(cell) && Number(cell('weight')) > 0);
  const primaries = usable.filter((cell) => cell('act') === '1');
  if (primaries.length === 0 && !backend.settings.includes('option allbackups')) return 1;
  const serving = primaries.length > 0 ? primaries : usable;
  return new Set(serving.map((cell) => cell('addr'))).size;
}

/** More than it takes until the lightest of eight servers was picked at random, too. */
const PATIENCE = 800;

/** Where requests go: for each key where it decides; elsewhere to whom of those that could serve. */
async function destinations(observed: Observed, backend: ObservedBackend) {
  const { name, settings, host } = backend;
  const way = host === undefined ? { 'x-backend': name } : { host: `${host}.test` };
  const ask = (key: string) => get(observed.root, key, { ...way, 'x-key': key });
  const answers: string[] = [];
  for (const key of KEYS) answers.push(await ask(key));
  if (isPlaced(settings)) return answers;
  const reachable = await countReachable(observed, backend);
  const seen = new Set(answers);
  for (let i = 0; seen.size < reachable && i < PATIENCE; i += 1) seen.add(await ask('/'));
  return [...seen].sort();
}

async function requests(observed: Observed) {
  const all: Record<string, unknown> = {};
  for (const backend of backendsOf(observed))
    all[backend.name] = await destinations(observed, backend);
  const { services, alias } = observed.world;
  for (const name of SERVICE_NAMES.filter((each) => services.every((s) => s.name !== each)))
    all[`${name}.test`] = await get(observed.root, '/', { host: `${name}.test` });
  const aliased = backendsOf(observed).find(({ host }) => host === alias);
  if (aliased === undefined) all.alias = await get(observed.root, '/', { host: 'alias.test' });
  else all.alias = await destinations(observed, { ...aliased, host: 'alias' });
  return all;
}

/** Where a cookie leads that several servers may have; nothing where it leads nowhere, and the request is balanced. */
async function cookies(observed: Observed) {
  const all: Record<string, unknown> = {};
  for (const { name, settings } of backendsOf(observed)) {
    if (!settings.some((line) => line.startsWith('cookie '))) continue;
    const rows = await statRows(observed, name);
    const isTaken = (cell: (column: string) => string) =>
      cell('cookie') === 'x' &&
      (isUp(cell) || cell('status') === 'DRAIN' || settings.includes('option persist'));
    if (rows.some(isTaken))
      all[name] = await get(observed.root, '/', { 'x-backend': name, cookie: 'S=x' });
  }
  return all;
}

async function servers(observed: Observed) {
  const states = parseServerStates(await observed.instance.ask('show servers state'));
  return backendsOf(observed).map(({ name, settings }) => {
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
  const session = instance.open('worker');
  const backends = await readBackends(session);
  session.close();
  return {
    backends: [...backends].sort(),
    servers: await servers(observed),
    stat: await stat(observed),
    certificates: await certificates(observed),
    map,
    lookups,
    list: [...new Set(patterns.split('\n'))].sort(),
    listed,
    requests: await requests(observed),
    cookies: await cookies(observed),
    handshakes,
  };
}
