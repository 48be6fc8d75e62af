import type { Bundle } from '../../functions/wire/bundle.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { bundleOf } from '../kit/renderer.ts';
import type { Random } from '../runtime/random.ts';

/** What happens in a fleet in a day, in numbers. */
export interface Day {
  readonly created: number;
  readonly deleted: number;
  readonly replaced: number;
  readonly renewed: number;
  readonly edited: number;
}

export type Happening = keyof Day;

interface Service {
  readonly name: string;
  /** Ports on which its pods answer, by their names. */
  readonly pods: Map<string, number>;
}

export interface DayWorldOptions {
  readonly random: Random;
  /** Where pods may be. */
  readonly ports: readonly number[];
  readonly port: number;
  readonly tlsPort: number;
  /** The folder of the live release as the configuration names it. */
  readonly root: string;
}

/** A fleet of services with pods, hostnames and certificates, to which things happen. */
export interface DayWorld {
  /** Makes it happen; the service that it happened to. */
  happen(what: Happening): Promise<string>;
  bundle(): Bundle;
  names(): readonly string[];
}

const PODS = 8;
/** Services that a day begins with, and that stay. */
const STEADY = 40;
/** Others that are there when it begins: what is deleted is always the oldest, and so hardly ever just created. */
const EARLY = 30;

const HEAD = `global
  maxconn 4000
defaults apps
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
  option idle-close-on-response
  option redispatch
  balance leastconn
  default-server check inter 20s
`;

export async function createDayWorld(options: DayWorldOptions): Promise<DayWorld> {
  const { random, ports, port, tlsPort, root } = options;
  const services = new Map<string, Service>();
  const certificates = new Map<string, string>();
  const blocked: string[] = ['/blocked'];
  const aliases = new Map<string, string>();
  let count = 0;
  const certify = async (name: string) => {
    const { keyPem, certificatePem } = await makeCertificate({ names: [`${name}.test`] });
    certificates.set(name, `${keyPem}${certificatePem}`);
  };
  const startPod = ({ name, pods }: Service) => {
    count += 1;
    pods.set(`${name}-${count}`, random.pick(ports));
  };
  const create = async (name: string) => {
    const service: Service = { name, pods: new Map() };
    for (let i = 0; i < PODS; i += 1) startPod(service);
    services.set(name, service);
    await certify(name);
    return name;
  };
  for (let i = 0; i < STEADY; i += 1) await create(`steady${i}`);
  for (let i = 0; i < EARLY; i += 1) await create(`early${i}`);
  const pick = () => random.pick([...services.values()]);
  const leaving = () => [...services.keys()].filter((name) => !name.startsWith('steady'));

  const happenings: Readonly<Record<Happening, () => Promise<string> | string>> = {
    created() {
      count += 1;
      return create(`service${count}`);
    },
    deleted() {
      const [name = ''] = leaving();
      services.delete(name);
      certificates.delete(name);
      return name;
    },
    replaced() {
      const service = pick();
      const [gone = ''] = service.pods.keys();
      service.pods.delete(gone);
      startPod(service);
      return service.name;
    },
    async renewed() {
      const { name } = pick();
      await certify(name);
      return name;
    },
    edited() {
      count += 1;
      if (random.chance(0.5)) aliases.set(`alias${random.below(20)}`, pick().name);
      else blocked[random.below(10)] = `/blocked${count}`;
      return '';
    },
  };

  const bundle = () => {
    const named = [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const backends = named.map(({ name, pods }) => {
      const lines = [...pods].map(([pod, at]) => `  server ${pod} 127.0.0.1:${at}\n`);
      return `backend ${name} from apps\n${lines.join('')}`;
    });
    const hosts = named.map(({ name }) => `${name}.test ${name}\n`);
    const led = [...aliases].filter(([, name]) => services.has(name));
    const secured = named.map(({ name }) => name).filter((name) => certificates.has(name));
    const text = `${HEAD}frontend web from apps
  bind 127.0.0.1:${port}
  bind 127.0.0.1:${tlsPort} ssl strict-sni crt-list ${root}/files/certificates
  http-request deny if { path -f ${root}/files/blocked }
  use_backend %[req.hdr(host),lower,map_str(${root}/files/hosts.map,nobody)]
backend nobody from apps
  http-request return status 404
${backends.join('')}`;
    return bundleOf(text, {
      'files/blocked': blocked
        .filter(Boolean)
        .map((path) => `${path}\n`)
        .join(''),
      'files/hosts.map': [...hosts, ...led.map(([alias, name]) => `${alias}.test ${name}\n`)].join(
        '',
      ),
      'files/certificates': secured.map((name) => `${root}/ssl/${name}.pem\n`).join(''),
      ...Object.fromEntries(
        secured.map((name) => [`ssl/${name}.pem`, certificates.get(name) ?? '']),
      ),
    });
  };
  return { happen: async (what) => happenings[what](), bundle, names: () => [...services.keys()] };
}

/** What happens in a day, one after the other in a random order in which nothing is deleted before it was created. */
export function shuffleDay(day: Day, random: Random): readonly Happening[] {
  const all = (Object.keys(day) as Happening[]).flatMap((what) =>
    Array.from({ length: day[what] }, () => what),
  );
  let spare = 0;
  const late: Happening[] = [];
  const order: Happening[] = [];
  for (const what of random.some(all, all.length)) {
    if (what === 'deleted' && spare === 0) late.push(what);
    else {
      if (what === 'created') spare += 1;
      if (what === 'deleted') spare -= 1;
      order.push(what);
    }
    if (late.length > 0 && spare > 0) {
      order.push(late.pop() as Happening);
      spare -= 1;
    }
  }
  return [...order, ...late];
}
