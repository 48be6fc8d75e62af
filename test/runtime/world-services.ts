import type { Random } from './random.ts';

/** A backend that takes all but its servers from named defaults; a map leads to it by Host. */
export interface WorldService {
  readonly name: string;
  readonly from: Source;
  readonly servers: readonly {
    readonly name: string;
    readonly port: number;
    readonly option: string;
  }[];
}

/** Services, and what the map leads to besides each one's own name. */
export interface WorldServices {
  readonly services: readonly WorldService[];
  readonly alias: string;
}

/** Named defaults by what they say. Of the last one, HAProxy 3.4 does not do for added backends what it says. */
export const SOURCES = {
  even: ['balance roundrobin'],
  marked: ['balance leastconn', 'http-response set-status 203'],
  placed: ['balance uri', 'hash-type consistent'],
  packed: ['compression algo gzip'],
} as const;
type Source = keyof typeof SOURCES;

export const SERVICE_NAMES = ['v', 'w', 'x', 'y', 'z'];
const OPTIONS = ['', '', 'weight 3', 'check inter 60s', 'maxconn 20', 'backup', 'disabled'];
/** Seldom one whose services are reloads. */
const FROM: readonly Source[] = ['even', 'even', 'marked', 'marked', 'placed', 'placed', 'packed'];

export interface ServicesOptions {
  readonly random: Random;
  readonly ports: readonly number[];
}

function randomService({ random, ports }: ServicesOptions, name: string): WorldService {
  const names = random.some(['a', 'b', 'c']);
  const servers = names.map((server) => ({
    name: server,
    port: random.pick(ports),
    option: random.pick(OPTIONS),
  }));
  return { name, from: random.pick(FROM), servers };
}

export function randomServices(options: ServicesOptions): WorldServices {
  const { random } = options;
  const names = random.some(SERVICE_NAMES).slice(0, 3);
  const services = names.map((name) => randomService(options, name));
  return { services, alias: random.pick(SERVICE_NAMES) };
}

/** Services that come, go, are named otherwise, have one another's servers, other servers, or other defaults. */
export function mutateServices(options: ServicesOptions, world: WorldServices): WorldServices {
  const { random } = options;
  const { services, alias } = world;
  const unused = SERVICE_NAMES.filter((name) => services.every((each) => each.name !== name));
  const at = random.below(Math.max(1, services.length));
  const replaced = (change: (service: WorldService) => WorldService) =>
    services.map((service, i) => (i === at ? change(service) : service));
  const name = unused.length === 0 ? undefined : random.pick(unused);
  switch (random.below(8)) {
    case 0:
    case 1:
      return name === undefined
        ? world
        : { alias, services: [...services, randomService(options, name)] };
    case 2:
      return { alias, services: services.filter((_, i) => i !== at) };
    case 3:
      return { alias, services: replaced((s) => ({ ...s, name: name ?? s.name })) };
    case 4: {
      const other = services[random.below(Math.max(1, services.length))];
      const servers = (s: WorldService) =>
        s === other ? services[at]?.servers : s === services[at] ? other?.servers : s.servers;
      return { alias, services: services.map((s) => ({ ...s, servers: servers(s) ?? s.servers })) };
    }
    case 5:
      return { alias, services: replaced((s) => ({ ...s, from: random.pick(FROM) })) };
    case 6:
      return { alias, services: replaced((s) => randomService(options, s.name)) };
    default:
      return {
        alias: random.pick(SERVICE_NAMES),
        services: random.some(services, services.length),
      };
  }
}

const linesOf = (lines: readonly string[]) => lines.map((line) => `  ${line}\n`).join('');

/** Their defaults; `base` is what these take from. */
export const sourcesText = (base: string): string =>
  Object.entries(SOURCES)
    .map(([name, lines]) => `defaults ${name} from ${base}\n${linesOf(lines)}`)
    .join('');

export const servicesText = ({ services }: WorldServices): string =>
  services
    .map(({ name, from, servers }) => {
      const lines = servers.map((s) => `server ${s.name} 127.0.0.1:${s.port} ${s.option}`.trim());
      return `backend ${name} from ${from}\n${linesOf(lines)}`;
    })
    .join('');

export const hostsText = ({ services, alias }: WorldServices): string =>
  [...services.map(({ name }) => [`${name}.test`, name]), ['alias.test', alias]]
    .map(([host, name]) => `${host} ${name}\n`)
    .join('');
