import { type Annotation, type Controller, type Fate, notNeeded, refused } from './annotation.ts';
import { INGRESS_NGINX } from './ingress-nginx.ts';

const SLOTS = 'servers come and go at runtime, whatever is free';

const DONE_ANYWAY: Readonly<Record<string, string>> = {
  'assign-backend-server-id': 'servers keep their names',
  'backend-server-naming': 'servers are named by the template',
  'backend-server-slots-increment': SLOTS,
  'dynamic-scaling': SLOTS,
  'slots-min-free': SLOTS,
};

const LINES = 'lines of HAProxy: write them into the template';

const REFUSED: Readonly<Record<string, string>> = {
  'config-backend': LINES,
  'config-backend-early': LINES,
  'config-backend-late': LINES,
  'config-frontend': LINES,
  'rewrite-target':
    'it replaces the beginning of the path, while the one of the template replaces all of it: write it with use-regex and $1',
};

/** The same under the names that the template knows, which are those of ingress-nginx. */
const RENAMED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['affinity', 'allowlist-source-range', 'app-root', 'cors-allow-credentials'],
      ...['cors-allow-headers', 'cors-allow-methods', 'cors-allow-origin', 'cors-expose-headers'],
      ...['cors-max-age', 'denylist-source-range', 'limit-connections', 'limit-rps'],
      ...['proxy-body-size', 'server-alias', 'service-upstream', 'session-cookie-name'],
      'ssl-redirect',
    ].map((name) => [name, name]),
  ),
  'balance-algorithm': 'load-balance',
  'backend-protocol': 'backend-protocol',
  'cors-enable': 'enable-cors',
  'redirect-to': 'temporal-redirect',
  'timeout-connect': 'proxy-connect-timeout',
  'timeout-server': 'proxy-read-timeout',
  'whitelist-source-range': 'allowlist-source-range',
};

const PROTOCOLS: Readonly<Record<string, string>> = {
  ...{ h1: 'HTTP', http: 'HTTP', 'h1-ssl': 'HTTPS', https: 'HTTPS' },
  ...{ h2: 'GRPC', grpc: 'GRPC', 'h2-ssl': 'GRPCS', grpcs: 'GRPCS' },
};
const ALGORITHMS: Readonly<Record<string, string>> = {
  roundrobin: 'round_robin',
  leastconn: 'ewma',
};
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Whole seconds, as ingress-nginx has times; undefined for what is none. */
function secondsOf(time: string): string | undefined {
  const [, number = '', unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(time) ?? [];
  if (number === '') return undefined;
  return `${Math.max(1, Math.ceil(Number(number) * (SECONDS[unit] ?? 0.001)))}`;
}

function translatedValue({ name, value }: Annotation): string | undefined {
  if (name.startsWith('timeout-')) return secondsOf(value);
  const all = { 'backend-protocol': PROTOCOLS, 'balance-algorithm': ALGORITHMS }[name];
  if (all === undefined) return value;
  return Object.hasOwn(all, value) ? all[value] : undefined;
}

function judge(annotation: Annotation): Fate {
  const { name, value } = annotation;
  const of = (all: Readonly<Record<string, string>>) =>
    Object.hasOwn(all, name) ? all[name] : undefined;
  const [done, why, to] = [of(DONE_ANYWAY), of(REFUSED), of(RENAMED)];
  if (done !== undefined) return notNeeded(done);
  if (why !== undefined) return refused(why);
  if (to === undefined)
    return refused('the template has no counterpart: write its effect as lines of the template');
  const translated = translatedValue(annotation);
  if (translated === undefined) return refused(`the value ${JSON.stringify(value)} is not served`);
  const as = { name: to, value: translated };
  const fate = INGRESS_NGINX.judge(as);
  return fate.kind === 'translated' ? { ...fate, as } : fate;
}

/** The one of haproxy-ingress.github.io. */
export const HAPROXY_INGRESS: Controller = {
  controller: 'haproxy-ingress.github.io/controller',
  className: 'haproxy',
  prefixes: ['haproxy-ingress.github.io/', 'ingress.kubernetes.io/'],
  judge,
};
