#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type CommandName, helpOf, namedBy, usageOf } from './command-table.ts';
import { createAuthenticator } from './command/authentication.ts';
import { completionOf } from './command/completion.ts';
import { CONTROLLERS, convertCommand } from './command/convert.ts';
import { rbacCommand } from './command/rbac.ts';
import { diffCommand } from './command/diff.ts';
import { explainCommand } from './command/explain.ts';
import { renderCommand } from './command/render.ts';
import { openRollout } from './command/rollout/open.ts';
import { type RunningService, serveCommand } from './command/serve.ts';
import { openSource } from './command/source.ts';
import { statusCommand } from './command/status.ts';
import { testCommand } from './command/test.ts';
import type { RenderSettings } from './core/render.ts';
import { keepHeapSmall } from './server/heap.ts';
import { createChecker } from './intent/check.ts';
import { kubernetesAccess } from './kubernetes/access.ts';
import { chooseCredentials } from './kubernetes/choose-credentials.ts';
import { readSettings, type Settings } from './settings.ts';
import { DEFAULT_PASSWORD } from './settings/rendering.ts';
import { templateEnv } from './settings/template-env.ts';
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

async function serve(settings: Settings, warnings: readonly string[]): Promise<void> {
  const log = createLog({
    component: 'service',
    level: settings.logLevel,
    format: logFormat(settings),
  });
  const { k8sbase: base, kubeconfig } = settings;
  const credentials = await chooseCredentials({ base, kubeconfig, environment: process.env });
  const opened = openSource({ settings, credentials, example: EXAMPLE, log });
  const kubernetes = () => {
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
    authenticator: await createAuthenticator({ settings, kubernetes }),
    path: process.env.PATH,
    log,
  });
  log.info('serving', { reads: opened.source.describes, listens: running.url });
  for (const warning of warnings) log.warn('setting', { warning });

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
  return renderCommand({
    from: settings.from ?? EXAMPLE,
    settings: renderSettingsOf(settings),
    variant: { sslDir: settings.sslDir, filesDir: settings.filesDir, params: {} },
    ...(settings.check ? { check: settings.haproxy } : {}),
    ...(settings.explain ? { explain: settings.output } : {}),
    stdin: process.stdin,
    stdout: say,
    stderr: (text) => void process.stderr.write(text),
  });
}

async function test(settings: Settings): Promise<number> {
  const { from = '.', haproxy, sslDir, filesDir, output, junit } = settings;
  const { checkDeadline: deadlineMs, checkMemory: memoryMb, checkDir = tmpdir() } = settings;
  const { PATH: path } = process.env;
  const checker = createChecker({
    binaries: [haproxy],
    within: checkDir,
    path,
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
  const { k8sbase: base, kubeconfig } = settings;
  const credentials = await chooseCredentials({ base, kubeconfig, environment: process.env });
  const log = createLog({ component: 'rollout', level: 'error', format: logFormat(settings) });
  return openRollout({
    settings,
    renderSettings: renderSettingsOf(settings),
    credentials,
    source: () => openSource({ settings, credentials, example: EXAMPLE, log }).source,
    words,
    stdout: say,
    isTerminal: process.stdout.isTTY === true,
  });
}

/** Where the service of these settings listens, where it is on this machine. */
const ownUrl = ({ listen: { host, port }, tlsCert }: Settings): string =>
  `${tlsCert === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;

function status(settings: Settings, url = ownUrl(settings)): Promise<number> {
  const { tokenFile, caFile, output } = settings;
  return statusCommand({ url, tokenFile, caFile, output, stdout: say });
}

function explain(settings: Settings, url = ownUrl(settings)): Promise<number> {
  const { tokenFile, caFile, file, line, atRevision: revision, output } = settings;
  return explainCommand({ url, tokenFile, caFile, file, line, revision, output, stdout: say });
}

function diff(settings: Settings, [a = '', b = '', url = ownUrl(settings)]: readonly string[]) {
  const { tokenFile, caFile, output } = settings;
  return diffCommand({ url, tokenFile, caFile, names: [a, b], output, stdout: say });
}

async function rbac(settings: Settings): Promise<number> {
  const { from, namespace, k8sbase: base, kubeconfig } = settings;
  const credentials = await chooseCredentials({ base, kubeconfig, environment: process.env });
  const stderr = (text: string) => void process.stderr.write(text);
  return rbacCommand({ from, namespace, credentials, stdout: say, stderr });
}

/** A template to begin with, of the package. */
const readIngressTemplate = () =>
  readFileSync(fileURLToPath(new URL('examples/ingress/config.yaml', PACKAGE)), 'utf8');

async function convert({ namespace }: Settings, from = ''): Promise<number> {
  if (!Object.hasOwn(CONTROLLERS, from)) return complain([usageOf(namedBy(['convert']))]);
  const stderr = (text: string) => void process.stderr.write(text);
  const { stdin } = process;
  return convertCommand({
    ...{ from, stdin, namespace, stdout: say, stderr },
    template: readIngressTemplate,
  });
}

function completion(shell = ''): number {
  const script = completionOf(shell);
  if (script === undefined) return complain([usageOf(namedBy(['completion']))]);
  say(script);
  return DONE;
}

function complain(lines: readonly string[]): number {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  return WRONG_USAGE;
}

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

/** The commands, by their first words. `rollout` counts its words itself. */
const RUN: Readonly<Record<CommandName, Run>> = {
  serve: { most: 0, run: serveUnlessInput },
  render: { most: 0, run: ({ settings }) => render(settings) },
  test: { most: 0, run: ({ settings }) => test(settings) },
  rollout: {
    most: Number.POSITIVE_INFINITY,
    run: ({ settings }, words) => rollout(settings, words),
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
  if (!command) return complain([usageOf()]);
  const { least = 0, most } = command;
  if (rest.length < least || rest.length > most) return complain([usageOf(namedBy([name]))]);
  return command.run(given, rest);
}

keepHeapSmall();

try {
  const code = await main();
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  const { message, code, hint } = error as { message: string; code?: string; hint?: string };
  process.stderr.write(`${message}${code ? ` [${code}]` : ''}\n${hint ? `${hint}\n` : ''}`);
  process.exit(FAILED);
}
