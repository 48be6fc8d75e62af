/** The fleets and templates that the benchmark renders, with the same bytes from every engine. */

export interface Service {
  readonly name: string;
  readonly hostnames: readonly string[];
  readonly ports: readonly number[];
  readonly path?: string;
  readonly pods: Readonly<Record<string, unknown>>;
}

export interface Fleet {
  readonly services: readonly Service[];
  readonly stats: { readonly username: string; readonly password: string };
}

/** Freezes deeply, as the snapshot is: what is frozen and the same object need not be looked at again. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) freeze(item);
  return Object.freeze(value);
}

function pod(name: string, address: number): unknown {
  const ip = `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: name.replace(/-\d+$/, ''), weight: '10' } },
    spec: { nodeName: `node-${address % 50}`, containers: [{ name: 'main', image: 'shop:1' }] },
    status: { phase: 'Running', podIP: ip, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function service(index: number, podCount: number, generation = 0): Service {
  const name = `service-${index}`;
  const names = Array.from({ length: podCount }, (_, i) => `${name}-${i + generation}`);
  return {
    name,
    hostnames: [`${name}.example.com`, `^www\\.${name}\\.`],
    ports: [8080],
    ...(index % 3 === 0 && { path: `/${name}` }),
    pods: Object.fromEntries(
      names.map((own, i) => [own, pod(own, index * podCount + i + generation)]),
    ),
  };
}

/** So many pods, evenly in so many services. */
export function makeFleet(podCount: number, serviceCount: number): Fleet {
  const each = podCount / serviceCount;
  return freeze({
    services: Array.from({ length: serviceCount }, (_, index) => service(index, each)),
    stats: { username: 'stats', password: 'secret' },
  });
}

/** The fleet with the pods of one service replaced; everything else is the same objects. */
export function changeOne(fleet: Fleet, generation: number): Fleet {
  const services = [...fleet.services];
  const index = generation % services.length;
  const before = services[index] as Service;
  services[index] = service(index, Object.keys(before.pods).length, generation + 1);
  return freeze({ ...fleet, services });
}

/** How each engine spells what the others do not know. */
export interface Spelling {
  /** The loop over the pods of a service. */
  readonly pods: string;
  /** Whether a hostname is a regular expression. */
  readonly isPattern: string;
}

export const PYTHON_SPELLING: Spelling = {
  pods: 'for pod in service.pods.values()',
  isPattern: "hostname.startswith('^')",
};
export const NUNJUCKS_SPELLING: Spelling = {
  pods: 'for name, pod in service.pods',
  isPattern: "hostname.startsWith('^')",
};
export const MINIJINJA_SPELLING: Spelling = {
  pods: 'for name, pod in service.pods|items',
  isPattern: "hostname is startingwith('^')",
};

/** Nested loops over services, hostnames, ports and pods: the kind of template that the product is for. */
export const plainTemplate = ({ pods, isPattern }: Spelling): string => `
frontend http
    bind :8000
{% for service in services %}{% for hostname in service.hostnames %}    acl host_{{ service.name }} hdr(host) {% if ${isPattern} %}-m reg{% else %}-m str{% endif %} {{ hostname }}
{% endfor %}    use_backend SERVICE_{{ service.name|upper }} if host_{{ service.name }}{% if service.path %} path_{{ service.name }}{% endif %}

{% endfor %}
{% for service in services %}
backend SERVICE_{{ service.name|upper }}
    balance leastconn
{% ${pods} %}{% for port in service.ports %}    server {{ pod.metadata.name }}_{{ port }} {{ pod.status.podIP }}:{{ port }} weight {{ pod.metadata.labels.weight }}
{% endfor %}{% endfor %}{% endfor %}
`;
