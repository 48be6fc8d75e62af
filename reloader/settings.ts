import { isAbsolute, resolve } from 'node:path';
import { readHostName } from '../functions/wire/own-hosts.ts';
import {
  describeSettings,
  form,
  type ParsedSettings,
  parseSettings,
  type Setting,
  type SettingSources,
} from '../functions/wire/settings.ts';

const STATE_DIR_FORM = /^\/[A-Za-z0-9_./-]{1,80}$/;

/** Unquoted in configurations, and short enough for the path of a unix socket. */
function stateDir(text: string): string {
  const path = resolve(text);
  if (!STATE_DIR_FORM.test(path))
    throw new Error('expected a path of at most 80 letters, digits and _ . / -');
  return path;
}

function params(text: string): Readonly<{ [name: string]: string }> {
  const pairs = form.list(text).map((part) => {
    const [, name, value] = /^([A-Za-z0-9_-]+)=(.*)$/.exec(part) ?? [];
    if (name === undefined || value === undefined)
      throw new Error('expected name=value,name=value');
    if (name === 'ssldir' || name === 'filesdir') throw new Error(`${name} is the reloader's own`);
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

const listen = (text: string) => (text === 'off' ? ('off' as const) : form.address(text));
const binary = (text: string) => (text.includes('/') && !isAbsolute(text) ? resolve(text) : text);
const setting = <T>(value: Setting<T>) => value;

const TABLE = {
  renderer: setting({
    variable: 'RENDERER',
    meaning: 'URL of the render service',
    fallback: 'http://127.0.0.1:8080',
    parse: form.httpUrl,
  }),
  stateDir: setting({
    variable: 'STATE_DIR',
    meaning: 'folder for the releases; HAProxy reads STATE_DIR/current/haproxy.cfg',
    fallback: '/var/lib/haproxy-reloader',
    parse: stateDir,
  }),
  haproxy: setting({
    variable: 'HAPROXY',
    meaning: 'the HAProxy binary',
    fallback: 'haproxy',
    parse: binary,
  }),
  masterSocket: setting({
    variable: 'MASTER_SOCKET',
    meaning: 'master socket of a HAProxy that runs beside; without it HAProxy is a child',
    parse: (text: string) => resolve(text),
  }),
  listen: setting({
    variable: 'LISTEN',
    meaning: 'host:port for /readyz, /healthz, /status and /metrics, or off',
    fallback: '127.0.0.1:8081',
    parse: listen,
  }),
  allowedHosts: setting({
    variable: 'ALLOWED_HOSTS',
    meaning: 'further host names and addresses that requests to LISTEN may name, by commas',
    fallback: '',
    parse: (text: string) => form.list(text).map(readHostName),
  }),
  once: setting({
    variable: 'ONCE',
    meaning: 'stage and check a first release, then end (for an init container)',
    isSwitch: true,
    fallback: 'false',
    parse: form.flag,
  }),
  wait: setting({
    variable: 'WAIT',
    meaning: 'seconds that the render service may hold a poll',
    fallback: '50',
    parse: form.seconds,
  }),
  splay: setting({
    variable: 'SPLAY',
    meaning: 'a reload waits for a random time of up to so many seconds',
    fallback: '0',
    parse: form.seconds,
  }),
  minReloadInterval: setting({
    variable: 'MIN_RELOAD_INTERVAL',
    meaning: 'least seconds between two reloads; dead servers leave at once all the same',
    fallback: '0',
    parse: form.seconds,
  }),
  maxOldWorkers: setting({
    variable: 'MAX_OLD_WORKERS',
    meaning:
      'workers of earlier configurations that may go on; a reload ends the oldest. 0: any number. For a HAProxy that the reloader started: beside a neighbour, set `hard-stop-after`',
    fallback: '0',
    parse: form.count,
  }),
  plan: setting({
    variable: 'PLAN',
    meaning:
      'print what going from one release to another would take: --plan OLD NEW (folders or files)',
    isSwitch: true,
    fallback: 'false',
    parse: form.flag,
  }),
  params: setting({
    variable: 'PARAMS',
    meaning: 'query parameters for the template: zone=a,role=b',
    fallback: '',
    parse: params,
  }),
  tokenFile: setting({
    variable: 'TOKEN_FILE',
    meaning: 'file with the bearer token, read again before each poll',
    parse: form.text,
  }),
  caFile: setting({
    variable: 'CA_FILE',
    meaning: 'PEM file of the authorities that may sign the render service',
    parse: form.text,
  }),
  certFile: setting({
    variable: 'CERT_FILE',
    meaning: 'PEM file of the client certificate',
    parse: form.text,
  }),
  keyFile: setting({
    variable: 'KEY_FILE',
    meaning: "PEM file of the client certificate's key",
    parse: form.text,
  }),
  reconcile: setting({
    variable: 'RECONCILE',
    meaning: 'seconds between full reconciliations of renderer, disk and HAProxy; 0 for none',
    fallback: '3600',
    parse: form.seconds,
  }),
  drain: setting({
    variable: 'DRAIN',
    meaning: 'seconds that connections have to finish after SIGTERM',
    fallback: '30',
    parse: form.seconds,
  }),
  name: setting({
    variable: 'NAME',
    meaning: "this proxy's name on the render service's status page (default: the host's name)",
    parse: form.text,
  }),
  logLevel: setting({
    variable: 'LOG_LEVEL',
    meaning: 'debug, info, warn or error',
    fallback: 'info',
    parse: form.oneOf('debug', 'info', 'warn', 'error'),
  }),
} as const;

export type Settings = Extract<ParsedSettings<typeof TABLE>, { kind: 'settings' }>['values'];

/** A setting that has a fallback is always there. */
export type Given<K extends keyof Settings> = NonNullable<Settings[K]>;

export function readSettings(sources: SettingSources): ParsedSettings<typeof TABLE> {
  const parsed = parseSettings(TABLE, sources);
  if (parsed.kind !== 'settings') return parsed;
  const { certFile, keyFile, plan } = parsed.values;
  const problems = plan ? [] : parsed.words.map((word) => `${word}: expected no such word`);
  if (plan && parsed.words.length !== 2) problems.push('--plan: expected OLD and NEW after it');
  if ((certFile === undefined) !== (keyFile === undefined))
    problems.push('CERT_FILE and KEY_FILE belong together');
  return problems.length > 0 ? { kind: 'problems', problems } : parsed;
}

export const HELP = `haproxy-reloader: keeps a HAProxy on the configuration that a render service computes

${describeSettings(TABLE)}
Signals: TERM and INT drain and end (again: at once); HUP reconciles.
Exit codes: 0 done, 1 failed, 2 usage.
`;
