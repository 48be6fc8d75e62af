import type { Random } from './random.ts';
import {
  hostsText,
  mutateServices,
  randomServices,
  servicesText,
  sourcesText,
  type WorldServices,
} from './world-services.ts';

/** What a configuration is made of, so that one can become another a little different. */
export interface World extends WorldServices {
  readonly backends: readonly Backend[];
  /** Values by key. */
  readonly map: readonly (readonly [key: string, value: string])[];
  /** Patterns that ACLs read. */
  readonly list: readonly string[];
  /** Names of certificates in the folder, each with the number of its issue. */
  readonly certificates: readonly (readonly [name: string, issue: number])[];
  readonly noise: number;
  readonly timeout: number;
}

interface Backend {
  readonly name: string;
  readonly settings: readonly string[];
  readonly defaults: readonly string[];
  readonly withIds: boolean;
  /** Whether no server but backups serves. */
  readonly isFallback: boolean;
  readonly servers: readonly Server[];
}

interface Server {
  readonly name: string;
  readonly port: number;
  readonly options: readonly string[];
}

export interface WorldOptions {
  readonly random: Random;
  /** Ports at which somebody answers. */
  readonly ports: readonly number[];
  /** Whether HAProxy is 3.0 or newer. */
  readonly since30: boolean;
  /** Whether HAProxy adds and deletes backends; where it does not, each that comes or goes is a reload. */
  readonly addsBackends: boolean;
}

const NAMES = 'a b c d e f g h'.split(' ');
const BALANCES = [
  ['balance roundrobin'],
  ['balance leastconn'],
  ['balance random'],
  ['balance first'],
  ['balance static-rr'],
  ['balance uri'],
  ['balance uri', 'hash-type consistent'],
  ['balance hdr(x-key)', 'hash-type consistent'],
  [],
];
/** What else decides where requests go. */
const RULES = [
  'option allbackups',
  'cookie S insert indirect',
  'cookie S insert dynamic',
  'option persist',
];
const OPTIONS = [
  'weight 5',
  'weight 2',
  'weight 0',
  'maxconn 10',
  'maxconn 20',
  'check inter 60s',
  'check inter 30s rise 1',
  'backup',
  'disabled',
  'downinter 9s',
  'on-error fastinter',
  'pool-max-conn 3',
  'cookie x',
];
/** So many entries of a map that a change of one is a small one. */
const FILLERS = Array.from({ length: 30 }, (_, i) => `filler${i}`);
/** What is looked up in the list: some by its beginning, some by its case, some by what looks like a command. */
export const VALUES = 'a0 B1x c2 d;3 "e4" f\\5 #g6 h7<< filler3'.split(' ');
const CERTIFICATES = ['a0', 'b1', 'c2', 'd3'];

type Kind = Pick<Backend, 'isFallback'>;

function randomServer({ random, ports }: WorldOptions, name: string, { isFallback }: Kind): Server {
  const role = isFallback ? [random.pick(['backup', 'backup', 'disabled', 'weight 0'])] : [];
  const options = random.chance(0.5) ? role : [...role, ...random.some(OPTIONS).slice(0, 2)];
  return { name, port: random.pick(ports), options };
}

/** Places servers on the ring by their addresses. */
export const BY_ADDRESS = 'default-server hash-key addr-port';

function randomSettings({ random, since30 }: WorldOptions): readonly string[] {
  const rules = random.chance(0.4) ? random.some(RULES, 1).slice(0, 2) : [];
  const isTwice = rules.filter((rule) => rule.startsWith('cookie')).length > 1;
  const key = rules.some((rule) => rule.endsWith('dynamic')) ? ['dynamic-cookie-key k'] : [];
  const balance = random.pick(BALANCES);
  const isByAddress = since30 && balance.length === 2 && random.chance(0.5);
  return [...balance, ...(isByAddress ? [BY_ADDRESS] : []), ...(isTwice ? [] : [...rules, ...key])];
}

export function randomWorld(options: WorldOptions): World {
  const { random } = options;
  const backends = ['one', 'two', 'three'].map((name): Backend => {
    const isFallback = random.chance(0.4);
    const servers = random
      .some(NAMES, 1)
      .map((server) => randomServer(options, server, { isFallback }));
    return {
      name,
      settings: randomSettings(options),
      defaults: random.chance(0.3) ? [random.pick(['weight 3', 'inter 9s', 'maxconn 50'])] : [],
      withIds: random.chance(0.4),
      isFallback,
      servers,
    };
  });
  const map = [...random.some(NAMES), ...FILLERS].map(
    (key) => [key, `${random.below(99)} x`] as const,
  );
  return {
    ...randomServices(options),
    backends,
    map,
    list: [...random.some(VALUES), ...FILLERS],
    certificates: [
      ['a0', 0],
      ['c2', 0],
    ],
    noise: 0,
    timeout: 5,
  };
}

function mutateServers(options: WorldOptions, backend: Backend): Backend {
  const { random } = options;
  const { servers } = backend;
  const at = random.below(servers.length);
  const unused = NAMES.filter((name) => servers.every((server) => server.name !== name));
  const added = random.some(unused, Math.min(1, unused.length)).slice(0, 2);
  const fresh = added.map((name) => randomServer(options, name, backend));
  const change = (server: Server): Server => randomServer(options, server.name, backend);
  const removed = servers.filter((_, i) => i !== at);
  switch (random.below(6)) {
    case 0:
      return { ...backend, servers: [...servers, ...fresh] };
    case 1:
      return { ...backend, servers: [...fresh, ...servers] };
    case 2:
      return { ...backend, servers: removed };
    case 3:
      return { ...backend, servers: servers.map((s, i) => (i === at ? change(s) : s)) };
    case 4:
      return { ...backend, servers: random.some(servers, servers.length) };
    default:
      return { ...backend, servers: [...removed, ...fresh] };
  }
}

function mutateMap({ random }: WorldOptions, map: World['map']): World['map'] {
  const value = () => `${random.below(99)} ${random.pick(['y', '\\', 'é', '#1'])}`;
  const at = random.below(map.length);
  const unused = NAMES.filter((name) => map.every(([key]) => key !== name));
  switch (random.below(5)) {
    case 0:
      return map.filter((_, i) => i !== at);
    case 1:
      return map.map(([key, old], i) => [key, i === at ? value() : old]);
    case 2:
      return unused.length === 0
        ? map
        : [...map.slice(0, at), [random.pick(unused), value()], ...map.slice(at)];
    case 3:
      return random.some(map, map.length);
    default:
      return [...random.some(NAMES), ...FILLERS].map((key) => [key, value()]);
  }
}

function mutateList({ random }: WorldOptions, list: World['list']): World['list'] {
  const at = random.below(list.length + 1);
  const value = random.pick(VALUES);
  switch (random.below(6)) {
    case 0:
      return list.filter((_, i) => i !== at);
    case 1:
      return [...list.slice(0, at), value, ...list.slice(at)];
    case 2:
      return list.map((pattern, i) => (i === at ? value : pattern));
    case 3:
      return random.some(list, list.length);
    case 4:
      return random.chance(0.5) ? [] : random.some(VALUES);
    default:
      return [...random.some(VALUES), ...FILLERS];
  }
}

/** A world that differs from another by a little, as one release does from the one before. */
export function mutateWorld(options: WorldOptions, world: World): World {
  const { random } = options;
  let { backends, map, list, certificates, noise, timeout } = world;
  if (random.chance(0.85))
    backends = backends.map((b) => (random.chance(0.5) ? mutateServers(options, b) : b));
  if (random.chance(0.1))
    backends = backends.map((b) => ({ ...b, defaults: random.chance(0.5) ? [] : ['weight 4'] }));
  if (random.chance(0.6)) map = mutateMap(options, map);
  if (random.chance(0.6)) list = mutateList(options, list);
  if (random.chance(0.4))
    certificates = CERTIFICATES.filter((name) => name === 'a0' || random.chance(0.6)).map(
      (name) => [name, random.below(3)] as const,
    );
  let hosted: WorldServices = world;
  for (let chance = options.addsBackends ? 0.7 : 0.04; random.chance(chance); chance /= 2)
    hosted = mutateServices(options, hosted);
  if (random.chance(0.3)) noise = random.below(4);
  if (random.chance(0.04)) timeout += 1;
  const { services, alias } = hosted;
  return { services, alias, backends, map, list, certificates, noise, timeout };
}

function backendText({ name, settings, defaults, withIds, servers }: Backend, noise: number) {
  const lines = servers.map((server, i) => {
    const id = withIds ? ` id ${100 + NAMES.indexOf(server.name)}` : '';
    const comment = noise === i ? ' # a remark' : '';
    return `  server ${server.name} 127.0.0.1:${server.port} ${server.options.join(' ')}${id}${comment}\n`;
  });
  return [
    `backend ${name} from base\n`,
    ...settings.map((line) => `  ${line}\n`),
    ...defaults.map((line) => `  default-server ${line}\n`),
    noise > 1 ? '\n  # noise\n' : '',
    ...lines,
  ].join('');
}

/** The configuration of a world, with its files under `root`. */
export function worldText(world: World, root: string): string {
  return `global
  nbthread 2
  maxconn 200
defaults base
  mode http
  timeout connect 1s
  timeout client ${world.timeout}s
  timeout server 5s
  retries 0
frontend f from base
  bind unix@${root}/http.sock
  bind unix@${root}/https.sock ssl crt ${root}/ssl/
  http-request return status 200 content-type text/plain lf-string "%[req.hdr(x-map),map(${root}/files/m.map,none)]" if { req.hdr(x-map) -m found }
  acl listed req.hdr(x-list),url_dec -m str -f ${root}/files/list
  http-request return status 403 if listed
  http-request return status 404 if { req.hdr(x-list),url_dec -m beg -i -f ${root}/files/list }
  http-request return status 204 if { req.hdr(x-list) -m found }
  use_backend %[req.hdr(x-backend)] if { req.hdr(x-backend) -m found }
  use_backend %[req.hdr(host),lower,map(${root}/files/hosts.map,nobody)]
${world.backends.map((backend) => backendText(backend, world.noise)).join('')}${sourcesText('base')}${servicesText(world)}`;
}

export function mapText({ map, noise }: World): string {
  return `${noise > 0 ? '# remark\n\n' : ''}${map.map(([key, value]) => `${key} ${value}\n`).join('')}`;
}

export { hostsText };

export function listText({ list, noise }: World): string {
  return `${noise > 0 ? '# remark\n\n' : ''}${list.map((pattern) => ` ${pattern}\n`).join('')}`;
}
