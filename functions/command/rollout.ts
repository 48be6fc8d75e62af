import { setTimeout as delay } from 'node:timers/promises';
import { historyRows } from '../core/history-rows.ts';
import type { RenderSettings, RenderVariant } from '../core/render.ts';
import { type History, shortHash } from '../core/revision.ts';
import { readLossRecord, withLossRecord } from '../core/loss-record.ts';
import { type Rollout, settled } from '../core/rollout.ts';
import type { Source } from '../core/source.ts';
import { diffIntents, diffRendered } from '../difference/patches.ts';
import { type FleetState, formatFleet, judgeFleet, readReplica } from './rollout/fleet.ts';
import { formatHistory } from './rollout/history.ts';
import { currentOf, findRevision, RolloutError } from './rollout/named.ts';
import { namedBy, usageOf } from '../command-table.ts';

export interface RolloutCommand {
  /** What stands behind `rollout`. */
  readonly words: readonly string[];
  readonly history: History;
  readonly toRevision: number | undefined;
  readonly isRendered: boolean;
  readonly isWatching: boolean;
  readonly output: 'table' | 'json';
  /** For what a revision gives with the endpoints of today. */
  readonly source: () => Promise<Source>;
  readonly settings: RenderSettings;
  readonly variant: RenderVariant;
  /** `/metrics` of every replica of the service, by the replica's name. */
  readonly metrics: () => Promise<ReadonlyMap<string, string>>;
  readonly stdout: (text: string) => void;
  readonly isTerminal: boolean;
  readonly now?: () => number;
}

/**
 * 0: done, or the fleet has converged; 1: it has not, or there is a difference, as diff says it; 2: wrong usage; 3: all
 * proxies run the revision that people hold them to, which is not the newest intent.
 */
type ExitCode = 0 | 1 | 2 | 3;
const LOOK_MS = 1_000;

const USAGE = `${usageOf(namedBy(['rollout']))}\n-o json prints JSON.\n`;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

async function showHistory(command: RolloutCommand): Promise<ExitCode> {
  const { history, output, stdout, now = Date.now } = command;
  const rows = historyRows(await history.list(), await history.rollout());
  stdout(output === 'json' ? json(rows) : formatHistory(rows, now()));
  return 0;
}

/** Without names: the newest against the one before it; with one: that against what the fleet is to run. */
async function showDiff(command: RolloutCommand, names: readonly string[]): Promise<ExitCode> {
  const { history, output, stdout, isRendered, variant } = command;
  const revisions = await history.list();
  const current = currentOf(revisions, await history.rollout());
  const [from, to] = names;
  const b = to === undefined ? current : findRevision(revisions, to);
  const before = revisions.filter(({ number }) => number < (b?.number ?? 0)).at(-1);
  const a = from === undefined ? before : findRevision(revisions, from);
  if (!a || !b)
    throw new RolloutError('revision-unknown', 'there are no two revisions yet', 'Name them: A B.');
  let text: string;
  if (isRendered) {
    const both = [a.intent, b.intent];
    const { settings } = command;
    const { readEndpoints } = await import('./rollout/endpoints.ts');
    const endpoints = await readEndpoints(await command.source(), settings, both);
    const [x, y] = [a, b].map(({ intent }) => endpoints.render(intent, variant));
    text = diffRendered([a, x ?? new Map()], [b, y ?? new Map()]);
  } else text = diffIntents(a, b);
  stdout(output === 'json' ? json({ from: a.number, to: b.number, diff: text }) : text);
  return text === '' ? 0 : 1;
}

async function steer(
  { history, output, stdout }: RolloutCommand,
  change: (rollout: Rollout) => Rollout,
  said: string,
): Promise<ExitCode> {
  const rollout = await history.steer(change);
  stdout(output === 'json' ? json(rollout) : `${said}\n`);
  return 0;
}

const pause = (command: RolloutCommand): Promise<ExitCode> =>
  steer(
    command,
    (rollout) => ({ ...rollout, isPaused: true }),
    'the rollout is paused: no newer intent is taken, endpoints flow',
  );

/** What was halted starts anew at the first step: replicas admit the proxies. */
function released({ pinned, halted, ...rollout }: Rollout, now: number): Rollout {
  const free = { ...rollout, isPaused: false };
  if (!halted || pinned !== undefined) return free;
  const since = new Date(now).toISOString();
  return { ...free, candidate: { hash: halted.hash, step: 0, since, admitted: {} } };
}

async function resume(command: RolloutCommand): Promise<ExitCode> {
  const { now = Date.now } = command;
  const { halted, pinned } = await command.history.rollout();
  const said =
    halted && pinned === undefined
      ? `revision ${shortHash(halted.hash)}, which was halted, is tried once more from the first step`
      : 'the ConfigMaps count again';
  return steer(command, (rollout) => released(rollout, now()), said);
}

async function restart(command: RolloutCommand): Promise<ExitCode> {
  const { candidate } = await command.history.rollout();
  if (!candidate)
    throw new RolloutError(
      'no-candidate',
      'no revision is being rolled out',
      'See kubernetes-haproxy rollout status.',
    );
  const hurry = ({ candidate: there, ...rollout }: Rollout): Rollout =>
    there?.hash === candidate.hash && there.step === candidate.step
      ? { ...rollout, candidate: { ...there, isHurried: true } }
      : { ...rollout, ...(there && { candidate: there }) };
  return steer(command, hurry, `step ${candidate.step + 1} ends now, and the next one begins`);
}

async function undo(command: RolloutCommand): Promise<ExitCode> {
  const revisions = await command.history.list();
  const rollout = await command.history.rollout();
  const current = currentOf(revisions, rollout);
  // In the middle of a rollout the one before is what the other proxies still run.
  const before = rollout.candidate
    ? current
    : revisions
        .filter(({ number, marks }) => number < (current?.number ?? 0) && !marks?.refused)
        .at(-1);
  const target =
    command.toRevision === undefined ? before : findRevision(revisions, String(command.toRevision));
  if (!target)
    throw new RolloutError(
      'revision-unknown',
      'there is no earlier revision to go back to',
      'See kubernetes-haproxy rollout history.',
    );
  const { hash, number } = target;
  return steer(
    command,
    (there) => ({ ...settled(there), pinned: hash }),
    `revision ${number} (${shortHash(hash)}) is pinned; rollout resume lets the ConfigMaps count again`,
  );
}

function confirmLoss(command: RolloutCommand): Promise<ExitCode> {
  const confirm = (rollout: Rollout): Rollout => {
    const record = readLossRecord(rollout);
    if (record && !record.over) return withLossRecord(rollout, { ...record, over: 'confirmed' });
    throw new RolloutError(
      'no-mass-loss',
      'no mass loss is held',
      'See /status of the service, and MASS_LOSS in its --help.',
    );
  };
  return steer(command, confirm, 'mass loss confirmed: the kept servers are removed');
}

/** States that end the watch, since they are what was asked for, or wait for people. */
const ENDS: Partial<Readonly<Record<FleetState['state'], ExitCode>>> = {
  converged: 0,
  pinned: 3,
  paused: 3,
  refused: 1,
  halted: 1,
  'held back': 1,
};

/** To where a text began, with nothing behind. */
const up = (text: string): string => `\u001b[${text.split('\n').length - 1}A\u001b[J`;

async function showStatus(command: RolloutCommand): Promise<ExitCode> {
  const { history, metrics, output, stdout, isWatching, isTerminal } = command;
  let shown: string | undefined;
  for (;;) {
    const replicas = [...(await metrics())].map(([name, text]) => readReplica(name, text));
    const fleet = judgeFleet(replicas, await history.rollout());
    const text = output === 'json' ? json(fleet) : formatFleet(fleet, isTerminal);
    // On a terminal in the place of what was there.
    const over = isTerminal && shown !== undefined && output !== 'json' ? up(shown) : '';
    if (text !== shown) stdout(`${over}${text}`);
    shown = text;
    const end = ENDS[fleet.state] ?? (isWatching ? undefined : 1);
    if (end !== undefined) return end;
    await delay(LOOK_MS);
  }
}

interface Verb {
  readonly run: (command: RolloutCommand, names: readonly string[]) => Promise<ExitCode>;
  /** How many names may stand behind it. */
  readonly mostNames: number;
}

const VERBS: Readonly<Record<string, Verb>> = {
  history: { run: showHistory, mostNames: 0 },
  diff: { run: showDiff, mostNames: 2 },
  undo: { run: undo, mostNames: 0 },
  pause: { run: pause, mostNames: 0 },
  resume: { run: resume, mostNames: 0 },
  restart: { run: restart, mostNames: 0 },
  'confirm-loss': { run: confirmLoss, mostNames: 0 },
  status: { run: showStatus, mostNames: 0 },
};

/**
 * `kubernetes-haproxy rollout VERB`: looks back and goes back, by the rights of whoever calls it.
 *
 * @returns the exit code
 * @throws RolloutError
 */
export async function rolloutCommand(command: RolloutCommand): Promise<ExitCode> {
  const [name = '', ...names] = command.words;
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb && names.length <= verb.mostNames) return verb.run(command, names);
  command.stdout(USAGE);
  return 2;
}
