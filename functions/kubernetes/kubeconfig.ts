import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { ApiError } from './api-error.ts';
import { type Credentials, type Proof, rereadCredentials } from './credentials.ts';
import { createExecPlugin, type ExecPlugin } from './exec-plugin.ts';
import { isFields } from '../core/fields.ts';

export interface KubeconfigOptions {
  /** One path, or several with ":" between them: what the first one names wins, as kubectl has it. */
  readonly paths: string;
  /** Otherwise the current context. */
  readonly context?: string;
  /** What an exec plugin's command runs in. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now?: () => number;
}

type Entry = Readonly<Record<string, unknown>>;
type Section = 'clusters' | 'users' | 'contexts';

/** What a kubeconfig says of one context; relative paths are already resolved. */
interface Chosen {
  readonly cluster: Entry;
  readonly user: Entry;
}

const HINT = 'Compare it with the output of "kubectl config view".';

function fail(message: string, hint = HINT): never {
  throw new ApiError('kubernetes-credentials', `the kubeconfig ${message}`, { hint });
}

const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** Paths in a kubeconfig are relative to the file that names them. */
function resolvePaths(entry: Entry, folder: string): Entry {
  const resolved = PATHS.filter((field) => typeof entry[field] === 'string').map((field) => [
    field,
    resolve(folder, String(entry[field])),
  ]);
  return { ...entry, ...Object.fromEntries(resolved) };
}

async function readConfig(path: string): Promise<Entry> {
  const text = await readFile(path, 'utf8').catch((cause) =>
    fail(`${path} cannot be read: ${cause.message}`, 'Check its path and permissions.'),
  );
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return fail(`${path} is not YAML`);
  }
  if (!isFields(value)) return fail(`${path} is empty`);
  const config: Record<string, unknown> = { ...value };
  for (const section of ['clusters', 'users'] as const) {
    const entries = Array.isArray(value[section]) ? value[section].filter(isFields) : [];
    const field = section.slice(0, -1);
    config[section] = entries.map((entry) => ({
      ...entry,
      [field]: resolvePaths(isFields(entry[field]) ? entry[field] : {}, dirname(resolve(path))),
    }));
  }
  return config;
}

/** The entry of that name in the first file that has one. */
function find(configs: readonly Entry[], section: Section, name: unknown): Entry {
  for (const config of configs) {
    const entries = Array.isArray(config[section]) ? config[section] : [];
    const entry = entries.filter(isFields).find((candidate) => candidate.name === name);
    const inner = entry?.[section.slice(0, -1)];
    if (isFields(inner)) return inner;
  }
  return fail(`has no entry ${JSON.stringify(name)} in its ${section}`);
}

async function choose({ paths, context }: KubeconfigOptions): Promise<Chosen> {
  const configs = await Promise.all(paths.split(':').filter(Boolean).map(readConfig));
  const current = context ?? configs.map((config) => config['current-context']).find(Boolean);
  if (current === undefined)
    fail('has no current-context', 'Run "kubectl config use-context NAME".');
  const { cluster, user } = find(configs, 'contexts', current);
  return {
    cluster: find(configs, 'clusters', cluster),
    user: user === undefined ? {} : find(configs, 'users', user),
  };
}

const UNSUPPORTED: readonly (readonly [Section, string, string])[] = [
  ['clusters', 'insecure-skip-tls-verify', 'Give the CA instead (certificate-authority-data).'],
  ['users', 'username', 'Kubernetes knows no passwords since 1.19: use a token or a certificate.'],
  ['users', 'auth-provider', 'Kubernetes knows none since 1.26: use an exec plugin.'],
  ['users', 'as', 'Use the account itself instead of impersonating it.'],
];

function refuseUnsupported({ cluster, user }: Chosen): void {
  for (const [section, field, hint] of UNSUPPORTED)
    if ((section === 'clusters' ? cluster : user)[field])
      fail(`asks for ${field}, which is not supported`, hint);
}

/** As kubectl has it: the message never shows the URL, which may hold a password. */
function readProxy({ cluster }: Chosen): URL | undefined {
  const url = cluster['proxy-url'];
  if (url === undefined || url === null || url === '') return undefined;
  const proxy = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (proxy === undefined || !/^(https?|socks5):$/.test(proxy.protocol) || proxy.hostname === '')
    return fail(
      'has a proxy-url that cannot be used',
      'Give it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT.',
    );
  return proxy;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** PEM that is given as base64 (`FIELD-data`, which wins) or as a file. */
async function readPem(entry: Entry, field: string): Promise<string | undefined> {
  const data = text(entry[`${field}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  const path = text(entry[field]);
  return path === undefined ? undefined : await readFile(path, 'utf8');
}

async function readToken(user: Entry): Promise<string | undefined> {
  const path = text(user.tokenFile);
  return path === undefined ? text(user.token) : (await readFile(path, 'utf8')).trim();
}

/** What a plugin is told of the cluster: the `Cluster` of client.authentication.k8s.io/v1. */
const clusterInfo = (cluster: Entry): Entry =>
  Object.fromEntries(
    ['server', 'tls-server-name', 'certificate-authority-data', 'proxy-url']
      .filter((field) => cluster[field] !== undefined)
      .map((field) => [field, cluster[field]]),
  );

function readPlugin({ cluster, user }: Chosen): ExecPlugin | undefined {
  if (!isFields(user.exec)) return undefined;
  const { command, args, env, apiVersion, installHint, interactiveMode, provideClusterInfo } =
    user.exec;
  if (text(command) === undefined || text(apiVersion) === undefined)
    return fail('has an exec entry without command or apiVersion');
  if (interactiveMode === 'Always')
    return fail('has an exec entry that needs a terminal', 'Use one that needs none.');
  const variables = (Array.isArray(env) ? env : []).filter(isFields);
  return {
    command: String(command),
    args: (Array.isArray(args) ? args : []).map(String),
    env: Object.fromEntries(variables.map(({ name, value }) => [String(name), String(value)])),
    apiVersion: String(apiVersion),
    ...(text(installHint) === undefined ? {} : { installHint: String(installHint) }),
    ...(provideClusterInfo === true ? { cluster: clusterInfo(cluster) } : {}),
  };
}

const defined = (proof: Record<keyof Proof, string | undefined>): Proof =>
  Object.fromEntries(Object.entries(proof).filter(([, value]) => value !== undefined));

/**
 * Credentials of a kubeconfig, which is read again every minute.
 *
 * @throws ApiError `kubernetes-credentials` where it cannot be used
 */
export async function kubeconfigCredentials(options: KubeconfigOptions): Promise<Credentials> {
  const { paths, environment, now = Date.now } = options;
  const first = await choose(options);
  refuseUnsupported(first);
  const server = text(first.cluster.server) ?? '';
  if (!/^https?:/.test(server) || !URL.canParse(server)) fail('names no server of its cluster');
  const plugin = readPlugin(first);
  const proxy = readProxy(first);
  const way = proxy === undefined ? '' : ` through ${proxy.protocol}//${proxy.host}`;
  const execute = plugin && createExecPlugin({ plugin, environment, now });
  return rereadCredentials({
    describes: `the cluster ${server}${way} of the kubeconfig ${paths}`,
    server: new URL(server),
    serverName: text(first.cluster['tls-server-name']),
    proxy,
    now,
    async read(isRefused) {
      const { cluster, user } = await choose(options);
      const [ca, token, cert, key] = await Promise.all([
        readPem(cluster, 'certificate-authority'),
        readToken(user),
        readPem(user, 'client-certificate'),
        readPem(user, 'client-key'),
      ]);
      return { ...defined({ ca, token, cert, key }), ...(await execute?.(isRefused)) };
    },
  });
}
