import { isAbsolute, resolve } from 'node:path';
import { readHostName } from '../functions/wire/own-hosts.ts';
import { readSchedule } from '../functions/wire/schedule.ts';
import { form, type Setting, type SettingGroup } from '../functions/wire/settings.ts';

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

const POLLING = {
  renderer: setting({
    variable: 'RENDERER',
    value: 'URL',
    meaning: 'URL of the render service',
    fallback: 'http://127.0.0.1:8080',
    parse: form.httpUrl,
  }),
  params: setting({
    variable: 'PARAMS',
    value: 'NAME=VALUE,...',
    meaning: 'query parameters for the template: zone=a,role=b',
    fallback: '',
    parse: params,
  }),
  wait: setting({
    variable: 'WAIT',
    value: 'SECONDS',
    meaning: 'seconds that the render service may hold a poll',
    fallback: '50',
    parse: form.seconds,
  }),
  name: setting({
    variable: 'NAME',
    value: 'NAME',
    meaning: "this proxy's name on the render service's status page (default: the host's name)",
    parse: form.text,
  }),
  tokenFile: setting({
    variable: 'TOKEN_FILE',
    value: 'FILE',
    meaning: 'file with the bearer token, read again before each poll',
    parse: form.text,
  }),
  caFile: setting({
    variable: 'CA_FILE',
    value: 'FILE',
    meaning: 'PEM file of the authorities that may sign the render service',
    parse: form.text,
  }),
  certFile: setting({
    variable: 'CERT_FILE',
    value: 'FILE',
    meaning: 'PEM file of the client certificate',
    parse: form.text,
  }),
  keyFile: setting({
    variable: 'KEY_FILE',
    value: 'FILE',
    meaning: "PEM file of the client certificate's key",
    parse: form.text,
  }),
} as const;

const APPLYING = {
  stateDir: setting({
    variable: 'STATE_DIR',
    value: 'FOLDER',
    meaning: 'folder for the releases; HAProxy reads STATE_DIR/current/haproxy.cfg',
    fallback: '/var/lib/haproxy-reloader',
    parse: stateDir,
  }),
  haproxy: setting({
    variable: 'HAPROXY',
    value: 'BINARY',
    meaning: 'the HAProxy binary',
    fallback: 'haproxy',
    parse: binary,
  }),
  masterSocket: setting({
    variable: 'MASTER_SOCKET',
    value: 'SOCKET',
    meaning: 'master socket of a HAProxy that runs beside; without it HAProxy is a child',
    parse: (text: string) => resolve(text),
  }),
  splay: setting({
    variable: 'SPLAY',
    value: 'SECONDS',
    meaning: 'a reload waits for a random time of up to so many seconds',
    fallback: '0',
    parse: form.seconds,
  }),
  minReloadInterval: setting({
    variable: 'MIN_RELOAD_INTERVAL',
    value: 'SECONDS',
    meaning: 'least seconds between two reloads; dead servers leave at once all the same',
    fallback: '0',
    parse: form.seconds,
  }),
  maxOldWorkers: setting({
    variable: 'MAX_OLD_WORKERS',
    value: 'COUNT',
    meaning:
      'workers of earlier configurations that may go on; a reload ends the oldest. 0: any number. For a HAProxy that the reloader started: beside a neighbour, set `hard-stop-after`',
    fallback: '0',
    parse: form.count,
  }),
  drain: setting({
    variable: 'DRAIN',
    value: 'SECONDS',
    meaning: 'seconds that connections have to finish after SIGTERM',
    fallback: '30',
    parse: form.seconds,
  }),
} as const;

const RUNNING = {
  listen: setting({
    variable: 'LISTEN',
    value: 'HOST:PORT|off',
    meaning: 'host:port for /readyz, /healthz, /status and /metrics, or off',
    fallback: '127.0.0.1:8081',
    parse: listen,
  }),
  allowedHosts: setting({
    variable: 'ALLOWED_HOSTS',
    value: 'HOST,...',
    meaning: 'further host names and addresses that requests to LISTEN may name, by commas',
    fallback: '',
    parse: (text: string) => form.list(text).map(readHostName),
  }),
  reconcile: setting({
    variable: 'RECONCILE',
    value: 'SECONDS',
    meaning: 'seconds between full reconciliations of renderer and disk; 0 for none',
    fallback: '3600',
    parse: form.seconds,
  }),
  auditSchedule: setting({
    variable: 'AUDIT_SCHEDULE',
    value: 'CRON|off',
    meaning: 'when to compare what HAProxy runs with its release and repair it, in cron syntax',
    fallback: '* * * * *',
    parse: (text: string) => (text === 'off' ? text : readSchedule(text)),
  }),
  logLevel: setting({
    variable: 'LOG_LEVEL',
    value: 'debug|info|warn|error',
    meaning: 'debug, info, warn or error',
    fallback: 'info',
    parse: form.oneOf('debug', 'info', 'warn', 'error'),
  }),
  logFormat: setting({
    variable: 'LOG_FORMAT',
    value: 'auto|text|json',
    meaning:
      'how lines are logged: text for people, json for programs, auto for text on a terminal alone',
    fallback: 'auto',
    parse: form.oneOf('auto', 'text', 'json'),
  }),
} as const;

const INSTEAD = {
  once: setting({
    variable: 'ONCE',
    meaning: 'stage and check a first release, then end (for an init container)',
    isSwitch: true,
    fallback: 'false',
    parse: form.flag,
  }),
  plan: setting({
    variable: 'PLAN',
    meaning:
      'print what going from one release to another would take: --plan OLD NEW (folders or files)',
    isSwitch: true,
    fallback: 'false',
    parse: form.flag,
  }),
} as const;

/** Every setting of the reloader, in the order of `--help`. */
export const SETTINGS = { ...POLLING, ...APPLYING, ...RUNNING, ...INSTEAD } as const;

/** The same by subject. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  { title: 'What it polls, and as whom', settings: POLLING },
  { title: 'HAProxy, and how it is changed', settings: APPLYING },
  { title: 'While it runs', settings: RUNNING },
  { title: 'In the place of running', settings: INSTEAD },
];
