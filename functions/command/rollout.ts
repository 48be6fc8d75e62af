import { setTimeout as delay } from 'node:timers/promises';
import type { RenderSettings, RenderVariant } from '../core/render.ts';
import type { History, Rollout } from '../core/revision.ts';
import type { Source } from '../source.ts';
import { diffIntents, diffRendered } from './rollout/diff.ts';
import { type Endpoints, readEndpoints } from './rollout/endpoints.ts';
import { formatFleet, judgeFleet, readReplica } from './rollout/fleet.ts';
import { formatHistory, historyRows } from './rollout/history.ts';
import { currentOf, findRevision, RolloutError, shortHash } from './rollout/named.ts';

export interface RolloutCommand {
  /** What stands behind `rollout`. */
  readonly words: readonly string[];
  readonly history: History;
  readonly toRevision: number | undefined;
  readonly isRendered: boolean;
  readonly isWatching: boolean;
  readonly output: 'table' | 'json';
  /** For what a revision gives with the endpoints of today. */
  readonly source: () => Source;
  readonly settings: RenderSettings;
  readonly variant: RenderVariant;
  /** `/metrics` of every replica of the service, by the replica's name. */
  readonly metrics: () => Promise<ReadonlyMap<string, string>>;
  readonly stdout: (text: string) => void;
  readonly now?: () => number;
}

/** Exit codes; `rollout diff` ends with 1 where there is a difference, as diff does. */
type ExitCode = 0 | 1 | 2;
const LOOK_MS = 1_000;

export const ROLLOUT_USAGE = `usage: kubernetes-haproxy rollout history                       the revisions that are kept
       kubernetes-haproxy rollout diff [A [B]] [--rendered]     what differs between two of them
       kubernetes-haproxy rollout undo [--to-revision N]        serve an earlier one, whatever the ConfigMaps say
       kubernetes-haproxy rollout pause                         take no newer intent; endpoints flow
       kubernetes-haproxy rollout resume                        let the ConfigMaps count again
       kubernetes-haproxy rollout status [--watch]              whether all proxies run what is served

-o json prints JSON.
`;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

async function showHistory({ history, output, stdout, now = Date.now }: RolloutCommand) {
  const rows = historyRows(await history.list(), await history.rollout());
  stdout(output === 'json' ? json(rows) : formatHistory(rows, now()));
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
    const endpoints: Endpoints = await readEndpoints(command.source(), command.settings);
    const [x, y] = [a, b].map(({ intent }) => endpoints.render(intent, variant));
    text = diffRendered([a, x ?? new Map()], [b, y ?? new Map()]);
  } else text = diffIntents(a, b);
  stdout(output === 'json' ? json({ from: a.number, to: b.number, diff: text }) : text);
  return text === '' ? 0 : 1;
}

async function steer(
  { history, output, stdout }: RolloutCommand,
  change: (rollout: Rollout) => Rollout,
  said: (rollout: Rollout) => string,
): Promise<void> {
  const rollout = await history.steer(change);
  stdout(output === 'json' ? json(rollout) : `${said(rollout)}\n`);
}

async function undo(command: RolloutCommand): Promise<void> {
  const revisions = await command.history.list();
  const current = currentOf(revisions, await command.history.rollout());
  const target =
    command.toRevision === undefined
      ? revisions.filter(({ number }) => number < (current?.number ?? 0)).at(-1)
      : findRevision(revisions, String(command.toRevision));
  if (!target)
    throw new RolloutError(
      'revision-unknown',
      'there is no earlier revision to go back to',
      'See kubernetes-haproxy rollout history.',
    );
  const { hash, number } = target;
  await steer(
    command,
    (rollout) => ({ ...rollout, pinned: hash }),
    () =>
      `revision ${number} (${shortHash(hash)}) is pinned; rollout resume lets the ConfigMaps count again`,
  );
}

async function showStatus(command: RolloutCommand): Promise<ExitCode> {
  const { metrics, output, stdout, isWatching } = command;
  let shown: string | undefined;
  for (;;) {
    const replicas = [...(await metrics())].map(([name, text]) => readReplica(name, text));
    const fleet = judgeFleet(replicas);
    const text = output === 'json' ? json(fleet) : formatFleet(fleet);
    if (text !== shown) stdout(text);
    shown = text;
    if (fleet.state === 'converged') return 0;
    // A refusal or a part that is held back waits for people.
    if (!isWatching || fleet.state === 'refused' || fleet.state === 'held back') return 1;
    await delay(LOOK_MS);
  }
}

/**
 * `kubernetes-haproxy rollout VERB`: looks back and goes back, by the rights of whoever calls it.
 *
 * @returns the exit code; of `status` 0 once the fleet has converged, of `diff` 1 where there is a difference
 * @throws RolloutError
 */
export async function rolloutCommand(command: RolloutCommand): Promise<ExitCode> {
  const [verb, ...names] = command.words;
  if (verb === 'diff' && names.length <= 2) return showDiff(command, names);
  if (names.length > 0 || verb === undefined) return misuse(command);
  switch (verb) {
    case 'history':
      await showHistory(command);
      return 0;
    case 'undo':
      await undo(command);
      return 0;
    case 'pause':
      await steer(
        command,
        (rollout) => ({ ...rollout, isPaused: true }),
        () => 'the rollout is paused: no newer intent is taken, endpoints flow',
      );
      return 0;
    case 'resume':
      await steer(
        command,
        ({ pinned: _, ...rollout }) => ({ ...rollout, isPaused: false }),
        () => 'the ConfigMaps count again',
      );
      return 0;
    case 'status':
      return showStatus(command);
    default:
      return misuse(command);
  }
}

function misuse({ stdout }: RolloutCommand): ExitCode {
  stdout(ROLLOUT_USAGE);
  return 2;
}
