import { readPath } from './http/paths.ts';
import { readSchedule } from './schedule.ts';
import { readHostName } from './wire/own-hosts.ts';
import { form, type SettingTable } from './wire/settings.ts';

/** The original's, which anybody can look up. */
export const DEFAULT_PASSWORD = 'IAmAnIdiotForNotChangingTheDefaultPassword';
const RESERVED = new Set(['ssldir', 'filesdir', 'wait']);

function readParams(text: string): readonly string[] {
  const names = form.list(text);
  const odd = names.find((name) => !/^[A-Za-z_]\w{0,31}$/.test(name) || RESERVED.has(name));
  if (odd !== undefined)
    throw new Error(
      `expected names that a template can use, other than ssldir, filesdir and wait; not ${JSON.stringify(odd)}`,
    );
  return names;
}

const readHostNames = (text: string) => form.list(text).map(readHostName);

function readNamespace(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text))
    throw new Error('expected the name of a namespace');
  return text;
}

function atLeastOne(text: string): number {
  const count = form.count(text);
  if (count < 1) throw new Error('expected a whole number from 1');
  return count;
}

/** Every setting of the service, in the order of `--help`. */
export const SETTINGS = {
  from: {
    variable: 'FROM',
    meaning:
      'folder or file of manifests to render (- for standard input); else Kubernetes, where there is one; else the embedded example',
    parse: form.text,
  },
  k8sbase: {
    variable: 'K8SBASE',
    meaning: 'URL of the API server, such as http://127.0.0.1:8001 of kubectl proxy',
    parse: form.httpUrl,
  },
  kubeconfig: {
    variable: 'KUBECONFIG',
    meaning: 'kubeconfig file, its current context',
    parse: form.text,
  },
  namespace: {
    variable: 'NAMESPACE',
    meaning: 'namespace of services, certificates, config and keys',
    fallback: 'lb',
    parse: readNamespace,
  },
  allNamespaces: {
    variable: 'ALL_NAMESPACES',
    meaning: 'watch the pods of all namespaces with one watch',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  sslDir: {
    variable: 'SSL_DIR',
    meaning: 'folder of certificates beside HAProxy, for pollers that name none',
    fallback: '/etc/haproxy/ssl',
    parse: readPath,
  },
  filesDir: {
    variable: 'FILES_DIR',
    meaning: 'folder of maps and other files beside HAProxy, for pollers that name none',
    fallback: '/etc/haproxy/files',
    parse: readPath,
  },
  params: {
    variable: 'PARAMS',
    meaning: 'query parameters that pollers may set and the template sees as params, by commas',
    fallback: '',
    parse: readParams,
  },
  statisticsPassword: {
    variable: 'STATISTICS_PASSWORD',
    meaning: 'password of the statistics page, as stats.password in the template',
    fallback: DEFAULT_PASSWORD,
    isSecret: true,
    parse: form.text,
  },
  templateDialect: {
    variable: 'TEMPLATE_DIALECT',
    meaning: 'jinja2 (3.1), or python2 for all of Jinja2 2.8 on Python 2.7',
    fallback: 'jinja2',
    parse: form.oneOf('jinja2', 'python2'),
  },
  renderDeadline: {
    variable: 'RENDER_DEADLINE',
    meaning: 'seconds after which a render is ended',
    fallback: '10',
    parse: form.seconds,
  },
  renderMemory: {
    variable: 'RENDER_MEMORY',
    meaning: 'megabytes that the renderer may use',
    fallback: '1024',
    parse: atLeastOne,
  },
  quietWindow: {
    variable: 'QUIET_WINDOW',
    meaning: 'seconds in which changes that follow one another become one render',
    fallback: '0.1',
    parse: form.seconds,
  },
  stateDir: {
    variable: 'STATE_DIR',
    meaning: 'with FROM: folder where revisions are kept; without it, in memory alone',
    parse: readPath,
  },
  revisionHistory: {
    variable: 'REVISION_HISTORY',
    meaning: 'revisions of templates and services that are kept',
    fallback: '10',
    parse: atLeastOne,
  },
  checkWith: {
    variable: 'CHECK_WITH',
    meaning:
      'HAProxy binaries, one of each version of the fleet, that must take a changed template or service before it is served, by commas',
    fallback: '',
    parse: form.list,
  },
  checkDir: {
    variable: 'CHECK_DIR',
    meaning:
      'where they are given it to check, private keys included; in memory, best (default: the folder for temporary files)',
    parse: readPath,
  },
  checkDeadline: {
    variable: 'CHECK_DEADLINE',
    meaning: 'seconds after which such a check is ended',
    fallback: '30',
    parse: form.seconds,
  },
  checkMemory: {
    variable: 'CHECK_MEMORY',
    meaning: 'megabytes that such a check may use',
    fallback: '1024',
    parse: atLeastOne,
  },
  listen: {
    variable: 'LISTEN',
    meaning: 'host:port of the service',
    fallback: '127.0.0.1:8080',
    parse: form.address,
  },
  metricsListen: {
    variable: 'METRICS_LISTEN',
    meaning: 'host:port for /metrics and health alone, open to anyone; else they are on LISTEN',
    parse: form.address,
  },
  auth: {
    variable: 'AUTH',
    meaning: 'who may ask: none (anyone), token, tls or kubernetes',
    fallback: 'none',
    parse: form.oneOf('none', 'token', 'tls', 'kubernetes'),
  },
  allowedHosts: {
    variable: 'ALLOWED_HOSTS',
    meaning:
      'with AUTH=none, and on METRICS_LISTEN: further host names and addresses that requests may name, by commas',
    fallback: '',
    parse: readHostNames,
  },
  allowAnyoneToReadKeys: {
    variable: 'ALLOW_ANYONE_TO_READ_KEYS',
    meaning: 'listen beyond loopback with AUTH=none: whoever can connect reads every private key',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  tokenFile: {
    variable: 'TOKEN_FILE',
    meaning: 'with AUTH=token: file of tokens, one a line',
    parse: form.text,
  },
  audience: {
    variable: 'AUDIENCE',
    meaning: 'with AUTH=kubernetes: audience that tokens must be for',
    fallback: 'kubernetes-haproxy',
    parse: form.text,
  },
  tlsCert: {
    variable: 'TLS_CERT',
    meaning: 'file of the certificate to serve TLS with, chain included; read again as it changes',
    parse: form.text,
  },
  tlsKey: { variable: 'TLS_KEY', meaning: 'file of its private key', parse: form.text },
  tlsClientCa: {
    variable: 'TLS_CLIENT_CA',
    meaning: 'file of the CA that client certificates are checked by',
    parse: form.text,
  },
  tlsClientNames: {
    variable: 'TLS_CLIENT_NAMES',
    meaning: 'with AUTH=tls: names of allowed clients (common name, DNS name or URI), by commas',
    fallback: '',
    parse: form.list,
  },
  maxVariants: {
    variable: 'MAX_VARIANTS',
    meaning: 'different sets of parameters that are served at once',
    fallback: '100',
    parse: atLeastOne,
  },
  maxPolls: {
    variable: 'MAX_POLLS',
    meaning: 'requests that are held at once',
    fallback: '20000',
    parse: atLeastOne,
  },
  maxConnections: {
    variable: 'MAX_CONNECTIONS',
    meaning: 'connections at once; more are closed',
    fallback: '30000',
    parse: atLeastOne,
  },
  maxBody: {
    variable: 'MAX_BODY',
    meaning: 'megabytes of a snapshot for POST /render',
    fallback: '32',
    parse: atLeastOne,
  },
  maxRenders: {
    variable: 'MAX_RENDERS',
    meaning: 'POST /render at once',
    fallback: '2',
    parse: atLeastOne,
  },
  expirySchedule: {
    variable: 'EXPIRY_SCHEDULE',
    meaning: 'when certificates are looked at for their end, as cron writes it',
    fallback: '0 * * * *',
    parse: readSchedule,
  },
  reconcileSchedule: {
    variable: 'RECONCILE_SCHEDULE',
    meaning: 'when everything is read and rendered anew, as cron writes it',
    fallback: '30 4 * * *',
    parse: readSchedule,
  },
  shutdownGrace: {
    variable: 'SHUTDOWN_GRACE',
    meaning: 'seconds that answers under way may take after SIGTERM',
    fallback: '10',
    parse: form.seconds,
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    meaning: 'least level that is logged: debug, info, warn or error',
    fallback: 'info',
    parse: form.oneOf('debug', 'info', 'warn', 'error'),
  },
  logRequests: {
    variable: 'LOG_REQUESTS',
    meaning: 'log a line for every request',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  toRevision: {
    variable: 'TO_REVISION',
    meaning: 'with rollout undo: the revision to go back to; else the one before',
    parse: form.count,
  },
  rendered: {
    variable: 'RENDERED',
    meaning: 'with rollout diff: what comes of the revisions with the endpoints of today',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  watch: {
    variable: 'WATCH',
    meaning: 'with rollout status: end when the fleet has converged, or cannot',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  output: {
    variable: 'OUTPUT',
    meaning: 'with rollout: table or json (-o json)',
    fallback: 'table',
    parse: form.oneOf('table', 'json'),
  },
  check: {
    variable: 'CHECK',
    meaning: 'with render: check the result by haproxy -c',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
  haproxy: {
    variable: 'HAPROXY',
    meaning: 'with --check: the binary of HAProxy',
    fallback: 'haproxy',
    parse: form.text,
  },
} as const satisfies SettingTable;
