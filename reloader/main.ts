import './heap.ts';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { keepParserSimple } from '../functions/wire/http-parser.ts';
import { chooseLogFormat, createLog, type LogFormat } from '../functions/wire/log.ts';
import { command } from './command.ts';
import { openStateFolder, type StateFolder } from './disk/state-folder.ts';
import { dryRun } from './dry-run.ts';
import { check } from './haproxy/check.ts';
import { once } from './once.ts';
import { createPoller } from './poll.ts';
import { type Ground, runReloader } from './reloader.ts';
import { type Given, HELP, readSettings, type Settings } from './settings.ts';
import { listenForStop } from './stop.ts';
import { VERSION } from './version.ts';

const logFormat = (settings: Settings): LogFormat =>
  chooseLogFormat(settings.logFormat ?? 'auto', process.stderr.isTTY);

function pollerOf(settings: Settings, { releases }: StateFolder) {
  return createPoller({
    ...settings,
    readBase: async (etag) => {
      const release = await releases.recall(etag);
      return release?.files.filter(({ isCarried }) => !isCarried);
    },
    renderer: settings.renderer as Given<'renderer'>,
    query: {
      ssldir: join(releases.current, 'ssl'),
      filesdir: join(releases.current, 'files'),
      ...settings.params,
    },
  });
}

async function groundOf(settings: Settings): Promise<Ground> {
  const { env } = process;
  const stop = listenForStop();
  const stateDir = settings.stateDir as Given<'stateDir'>;
  const isChild = settings.masterSocket === undefined;
  const workerSocket = isChild && !settings.once ? join(stateDir, 'worker.sock') : undefined;
  const folder = await openStateFolder(stateDir, workerSocket);
  const haproxy = settings.haproxy as Given<'haproxy'>;
  return {
    settings,
    env,
    stateDir,
    workerSocket,
    folder,
    poller: pollerOf(settings, folder),
    check: (release) =>
      check(release, { haproxy, releases: folder.releases, env, hurry: stop.hurry }),
    name: settings.name ?? hostname(),
    log: createLog({
      component: 'reloader',
      level: settings.logLevel ?? 'info',
      format: logFormat(settings),
    }),
    stop,
  };
}

async function stageFirst(ground: Ground): Promise<boolean> {
  const { settings, folder, stop, ...others } = ground;
  const mayBeUnchecked = settings.masterSocket !== undefined;
  return once({ ...others, ...folder, mayBeUnchecked, signal: stop.drain });
}

/** @returns the exit code */
async function main(settings: Settings): Promise<number> {
  const ground = await groundOf(settings);
  let isDone: boolean;
  try {
    isDone = settings.once ? await stageFirst(ground) : await runReloader(ground).then(() => true);
  } finally {
    await ground.poller.close();
    ground.folder.close();
  }
  if (!settings.once) ground.log.info('stopped');
  return isDone ? 0 : 1;
}

function run(settings: Settings, words: readonly string[]): Promise<number> {
  if (settings.plan) return dryRun(settings, words);
  if (words.length > 0) return command(settings.stateDir as Given<'stateDir'>, words);
  return main(settings);
}

keepParserSimple();

const parsed = readSettings({ env: process.env, argv: process.argv.slice(2) });
if (parsed.kind === 'help') process.stdout.write(HELP);
else if (parsed.kind === 'version') process.stdout.write(`haproxy-reloader ${VERSION}\n`);
else if (parsed.kind === 'problems') {
  for (const problem of parsed.problems) process.stderr.write(`haproxy-reloader: ${problem}\n`);
  process.stderr.write('see haproxy-reloader --help\n');
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await run(parsed.values, parsed.words);
  } catch (error) {
    createLog({ component: 'reloader', format: logFormat(parsed.values) }).error(
      'reloader failed',
      { error },
    );
    process.exitCode = 1;
  }
}
