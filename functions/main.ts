#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type CommandName, helpOf, isCommand, namedBy, usageOf } from './command-table.ts';
import { completionOf } from './command/completion.ts';
import type { RunningService } from './command/serve.ts';
import type { RenderSettings } from './core/render.ts';
import { keepHeapSmall } from './server/heap.ts';
import { readSettings, type Settings } from './settings.ts';
import { DEFAULT_PASSWORD } from './settings/rendering.ts';
import { templateEnv } from './settings/template-env.ts';
import { keepParserSimple } from './wire/http-parser.ts';
import { chooseLogFormat, createLog, type LogFormat } from './wire/log.ts';

/** By the package's own name, since this file is bundled with all that it imports. */
const PACKAGE = import.meta.resolve('kubernetes-haproxy/package.json');
const EXAMPLE = fileURLToPath(new URL('examples/basic', PACKAGE));
/** Exit codes. */
const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** The longest wait for a first bundle before the first lines are said. */
const GREETING_MS = 3_000;

/** Each command loads what it needs once it runs: `status` has no use for a server, `serve` none for a converter. */
const load = {
  access: () => import('./kubernetes/access.ts'),
  authentication: () => import('./command/authentication.ts'),
  check: () => import('./intent/check.ts'),
  convert: () => import('./command/convert.ts'),
  credentials: () => import('./kubernetes/choose-credentials.ts'),
  diff: () => import('./command/diff.ts'),
  explain: () => import('./command/explain.ts'),
  rbac: () => import('./command/rbac.ts'),
  render: () => import('./command/render.ts'),
  rollout: () => import('./command/rollout/open.ts'),
  serve: () => import('./command/serve.ts'),
  source: () => import('./command/source.ts'),
  status: () => import('./command/status.ts'),
  test: () => import('./command/test.ts'),
} as const;

const say = (text: string): void => void process.stdout.write(text);

const readVersion = (): string =>
  (JSON.parse(readFileSync(fileURLToPath(PACKAGE), 'utf8')) as { version: string }).version;

function renderSettingsOf(settings: Settings): RenderSettings {
  return {
    namespace: settings.namespace,
    dialect: settings.templateDialect,
    env: templateEnv(process.env, settings.envAllow),
    statisticsPassword: settings.statisticsPassword,
    unsafeValues: settings.unsafeValues,
  };
}

const logFormat = ({ logFormat: wanted }: Settings): LogFormat =>
  chooseLogFormat(wanted, process.stderr.isTTY);

/** For whoever sits at a terminal: what to try, once it gives a configuration, if there is going to be one. */
async function greet(reads: string, { url, published }: RunningService): Promise<void> {
  await Promise.race([published, delay(GREETING_MS, undefined, { ref: false })]);
  say(`reads    ${reads}\nlistens  ${url}\ntry      curl ${url}/haproxy.cfg\n`);
}

async function credentialsOf({ k8sbase: base, kubeconfig }: Settings) {
  const { chooseCredentials } = await load.credentials();
  return chooseCredentials({ base, kubeconfig, environment: process.env });
}

async function serve(settings: Settings, warnings: readonly string[]): Promise<void> {
  const log = createLog({
    component: 'service',
    level: settings.logLevel,
    format: logFormat(settings),
  });
  const { serveCommand } = await load.serve();
  const { createAuthenticator } = await load.authentication();
  const { openSource } = await load.source();
  const credentials = await credentialsOf(settings);
  const opened = await openSource({ settings, credentials, example: EXAMPLE, log });
  const kubernetes = async () => {
    const { kubernetesAccess } = await load.access();
    if (credentials) return kubernetesAccess({ credentials, audience: settings.audience });
    throw new Error('AUTH=kubernetes needs a cluster: set KUBECONFIG or K8SBASE, or run in one');
  };
  const running = await serveCommand({
    settings,
    renderSettings: renderSettingsOf(settings),
    version: readVersion(),
    source: opened.source,
    history: opened.history,
    openEvents: opened.openEvents,
    openStatuses: opened.openStatuses,
    authenticator: await createAuthenticator({ settings, kubernetes }),
    path: process.env.PATH,
    log,
  });
  log.info('serving', { reads: opened.source.describes, listens: running.url });
  for (const warning of warnings) log.warn('setting warning', { warning });

  const stop = async (signal: string) => {
    log.info('stopping', { signal });
    await running.stop();
    process.exit(DONE);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      process.once(signal, () => process.exit(FAILED));
      void stop(signal);
    });
  const isWatched = process.stdout.isTTY || opened.isLocal;
  await Promise.all([running.sourceEnded, isWatched && greet(opened.source.describes, running)]);
}

async function render(settings: Settings): Promise<number> {
  const { renderCommand } = await load.render();
  return renderCommand({
    from: settings.from ?? EXAMPLE,
    settings: renderSettingsOf(settings),
    variant: { sslDir: settings.sslDir, filesDir: settings.filesDir, params: {} },
    ...(settings.check ? { check: settings.haproxy } : {}),
    ...(settings.explain ? { explain: settings.output } : {}),
    writeStatus: settings.writeStatus,
    stdin: process.stdin,
    stdout: say,
    stderr: (text) => void process.stderr.write(text),
  });
}

async function test(settings: Settings): Promise<number> {
  const { from = '.', haproxy, sslDir, filesDir, output, junit } = settings;
  const { checkDeadline: deadlineMs, checkMemory: memoryMb, checkDir = tmpdir() } = settings;
  const { PATH: path } = process.env;
  const { testCommand } = await load.test();
  const { createChecker } = await load.check();
  const checker = createChecker({
    binaries: [haproxy],
    within: checkDir,
    env: { PATH: path },
    deadlineMs,
    memoryMb,
  });
  try {
    return await testCommand({
      from,
      // What is tested depends on nothing but the files.
      settings: { ...renderSettingsOf(settings), env: {}, statisticsPassword: DEFAULT_PASSWORD },
      variant: { sslDir, filesDir },
      checker,
      output,
      junit,
      now: () => performance.now(),
      stdout: say,
      stderr: (text) => void process.stderr.write(text),
    });
  } finally {
    checker.close();
  }
}

async function rollout(settings: Settings, words: readonly string[]): Promise<number> {
  const { openRollout } = await load.rollout();
  const { openSource } = await load.source();
  const credentials = await credentialsOf(settings);
  const log = createLog({ component: 'rollout', level: 'error', format: logFormat(settings) });
  return openRollout({
    settings,
    renderSettings: renderSettingsOf(settings),
    credentials,
    source: async () => (await openSource({ settings, credentials, example: EXAMPLE, log })).source,
    words,
    stdout: say,
    isTerminal: process.stdout.isTTY === true,
  });
}

/** Where the service of these settings listens, where it is on this machine. */
const ownUrl = ({ listen: { host, port }, tlsCert }: Settings): string =>
  `${tlsCert === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;

async function status(settings: Settings, url = ownUrl(settings)): Promise<number> {
  const { statusCommand } = await load.status();
  const { tokenFile, caFile, output } = settings;
  return statusCommand({ url, tokenFile, caFile, output, stdout: say });
}

async function explain(settings: Settings, url = ownUrl(settings)): Promise<number> {
  const { explainCommand } = await load.explain();
  const { tokenFile, caFile, file, line, atRevision: revision, output } = settings;
  return explainCommand({ url, tokenFile, caFile, file, line, revision, output, stdout: say });
}

async function diff(
  settings: Settings,
  [a = '', b = '', url = ownUrl(settings)]: readonly string[],
) {
  const { diffCommand } = await load.diff();
  const { tokenFile, caFile, output } = settings;
  return diffCommand({ url, tokenFile, caFile, names: [a, b], output, stdout: say });
}

async function rbac(settings: Settings): Promise<number> {
  const { rbacCommand } = await load.rbac();
  const { from, namespace, writeStatus } = settings;
  const credentials = await credentialsOf(settings);
  const stderr = (text: string) => void process.stderr.write(text);
  return rbacCommand({ from, namespace, credentials, writeStatus, stdout: say, stderr });
}

/** A template to begin with, of the package. */
const readIngressTemplate = () =>
  readFileSync(fileURLToPath(new URL('examples/ingress/config.yaml', PACKAGE)), 'utf8');

async function convert({ namespace }: Settings, from = ''): Promise<number> {
  const { CONTROLLERS, convertCommand } = await load.convert();
  if (!Object.hasOwn(CONTROLLERS, from)) return misuse(`there is no controller ${from}`, 'convert');
  const stderr = (text: string) => void process.stderr.write(text);
  const { stdin } = process;
  return convertCommand({
    ...{ from, stdin, namespace, stdout: say, stderr },
    template: readIngressTemplate,
  });
}

function completion(shell = ''): number {
  const script = completionOf(shell);
  if (script === undefined) return misuse(`there is no shell ${shell}`, 'completion');
  say(script);
  return DONE;
}

function complain(lines: readonly string[]): number {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  return WRONG_USAGE;
}

/** What is wrong with the words of a command, and how it is to be called. */
const misuse = (problem: string, name: string): number =>
  complain([`${name}: ${problem}`, usageOf(namedBy([name]))]);

/** @returns the exit code; undefined while it serves */
async function serveUnlessInput({ settings, warnings }: Given): Promise<number | undefined> {
  if (settings.from === '-')
    return complain(['--from -: standard input can be rendered once, not served']);
  await serve(settings, warnings);
  return undefined;
}

interface Given {
  readonly settings: Settings;
  readonly warnings: readonly string[];
}

interface Run {
  /** How many words may stand behind its name. */
  readonly least?: number;
  readonly most: number;
  readonly run: (given: Given, words: readonly string[]) => Promise<number | undefined> | number;
}

/** The commands, by their first words. `rollout` counts the words behind its verb itself. */
const RUN: Readonly<Record<CommandName, Run>> = {
  serve: { most: 0, run: serveUnlessInput },
  render: { most: 0, run: ({ settings }) => render(settings) },
  test: { most: 0, run: ({ settings }) => test(settings) },
  rollout: {
    least: 1,
    most: Number.POSITIVE_INFINITY,
    run: ({ settings }, words) =>
      isCommand(`rollout ${words[0]}`)
        ? rollout(settings, words)
        : misuse(`there is no rollout ${words[0]}`, 'rollout'),
  },
  rbac: { most: 0, run: ({ settings }) => rbac(settings) },
  convert: { least: 1, most: 1, run: ({ settings }, [from]) => convert(settings, from) },
  status: { most: 1, run: ({ settings }, [url]) => status(settings, url) },
  explain: { most: 1, run: ({ settings }, [url]) => explain(settings, url) },
  diff: { least: 2, most: 3, run: ({ settings }, words) => diff(settings, words) },
  completion: { least: 1, most: 1, run: (_, [shell]) => completion(shell) },
};

async function main(): Promise<number | undefined> {
  const read = readSettings({
    env: process.env,
    argv: process.argv.slice(2).map((word) => (word === '-o' ? '--output' : word)),
  });
  if (read.kind === 'help') {
    say(helpOf(read.words));
    return DONE;
  }
  if (read.kind === 'version') {
    say(`kubernetes-haproxy ${readVersion()}\n`);
    return DONE;
  }
  if (read.kind === 'problems') return complain([...read.problems, 'See --help.']);
  const { words, ...given } = read;
  const [name = '', ...rest] = words;
  const command = Object.hasOwn(RUN, name) ? RUN[name as CommandName] : undefined;
  if (!command)
    return complain([...(name === '' ? [] : [`there is no command ${name}`]), usageOf()]);
  const { least = 0, most } = command;
  if (rest.length < least) return misuse('a word is missing', name);
  if (rest.length > most) return misuse(`${rest[most]} is one word too many`, name);
  return command.run(given, rest);
}

keepHeapSmall();
keepParserSimple();

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  const { message, code, hint } = error as { message: string; code?: string; hint?: string };
  process.stderr.write(`${message}${code ? ` [${code}]` : ''}\n${hint ? `${hint}\n` : ''}`);
  process.exit(FAILED);
}
