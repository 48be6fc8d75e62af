import { setTimeout as delay } from 'node:timers/promises';
import { type Alert, parseAlerts } from '../../functions/wire/alerts.ts';
import { wasCut } from '../stop.ts';
import { type Cli, createCli } from './cli.ts';
import { type Processes, parseProcesses, workerUptime } from './processes.ts';

export type Reloaded =
  | { readonly kind: 'live'; readonly workers: readonly number[] }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly errors: readonly Alert[];
      /** Somebody or the kernel killed HAProxy meanwhile: the configuration is not what failed. */
      readonly isKilled?: boolean;
    };

/** A master and its newest worker at a time. */
export interface Seen {
  readonly processes: Processes | undefined;
  readonly liveHash: string | undefined;
  /** For how long the worker has run, in seconds. */
  readonly uptimeS: number | undefined;
  /** What it said to that, and to what it was asked besides. */
  readonly text: string;
}

/** The master of a HAProxy in master-worker mode, over its socket (`-S`). */
export interface Master {
  /** Commands for the newest worker. */
  readonly worker: Cli;
  /** Undefined where no master answers. */
  processes(): Promise<Processes | undefined>;
  /** The hash that the newest worker tells, or undefined where none answers or none was set. */
  liveHash(): Promise<string | undefined>;
  /**
   * Both at once, for half of what they take: this is asked every second.
   *
   * @param more commands for the worker, which cost little then
   * @param known what was seen a moment ago, where nothing was told to HAProxy since: the same worker has the same hash,
   *   and is not asked for it. With more commands alone: a worker that answers none is not known to be there
   */
  look(more?: readonly string[], known?: Seen): Promise<Seen>;
  /** The version of HAProxy, as its master last told it; undefined where none has answered yet. */
  version(): string | undefined;
  /** Waits until a worker that is none of `formerly` tells this hash. */
  proof(hash: string, options: ProofOptions): Promise<Reloaded>;
  /** Reloads, and waits for the proof. One at a time. */
  reload(hash: string, options: Omit<ProofOptions, 'formerly'>): Promise<Reloaded>;
  /** How many connections a worker serves; 0 where it does not answer. */
  connections(pid: number): Promise<number>;
  /** Gives the newest worker its hash after a change without a reload, and looks. */
  tell(hash: string): Promise<Seen>;
}

export interface ProofOptions {
  readonly deadlineMs: number;
  readonly formerly?: readonly number[];
  /** Ends the wait early: what has gone wrong, where something has. */
  readonly trouble?: () => string | undefined;
}

const POLL_MS = 15;
/** HAProxy 3.2 and newer may never answer what is asked of a worker that is about to be there: it is asked again. */
const PATIENCE_MS = { first: 100, most: 5_000 };
/** A reload runs the configuration through before it answers (3.0 and newer). */
const REPLY_MS = 60_000;
const GET_HASH = 'get var proc.cfg_hash';
const HASH = /^proc\.cfg_hash: type=str value=<(sha256:[0-9a-f]{64})>/m;

/**
 * A container's next worker may have the number of the one before. The master tells both ages: unlike where workers tell
 * their own, none may be less. One whose age nobody tells is another one.
 */
const isSameWorker = (before: Seen, now: Omit<Seen, 'liveHash'>): boolean =>
  before.processes?.workers[0] === now.processes?.workers[0] &&
  Number(before.uptimeS) <= Number(now.uptimeS);

type Reply =
  | { readonly kind: 'done' | 'busy' | 'silent' }
  | { readonly kind: 'failed'; readonly errors: readonly Alert[] };

const BUSY = /^(?:Another reload is still in progress\.)?$/;

/**
 * 2.6 answers nothing. 3.0 and newer `Success=1`, or `Success=0`, `--` and the log. Without a log it was only busy with
 * another reload, or with its start; newer ones say so.
 */
function parseReply(text: string): Reply {
  if (/^Success=1/m.test(text)) return { kind: 'done' };
  if (!/^Success=0/m.test(text)) return { kind: 'silent' };
  const log = text.split(/^--$/m)[1]?.trim() ?? '';
  return BUSY.test(log) ? { kind: 'busy' } : { kind: 'failed', errors: parseAlerts(log, '') };
}

export interface MasterOptions {
  /**
   * Ends every command and every wait with an AbortError; the mark on disk then calls for a repair at the next start.
   */
  readonly hurry?: AbortSignal;
  /** Milliseconds, from any point. */
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<void>;
}

/** @param path of its socket */
export function createMaster(path: string, options: MasterOptions = {}): Master {
  const { hurry, now = () => performance.now() } = options;
  const { pause = (ms) => delay(ms, undefined, { signal: hurry }) } = options;
  const shared = { path, ...(hurry === undefined ? {} : { hurry }) };
  const cli = createCli(shared);
  const worker = createCli({ ...shared, target: '@1' });
  const patient = createCli({ ...shared, deadlineMs: REPLY_MS });
  /** Unreachable is a state of a master here, not an error: it closes its socket while it reloads. */
  const quiet = (answer: Promise<string>) =>
    answer.catch((error: unknown) => {
      if (wasCut(error)) throw error;
      return '';
    });

  let version: string | undefined;
  const processesIn = (text: string) => {
    const found = parseProcesses(text);
    version = found?.version ?? version;
    return found;
  };
  const processes = async () => processesIn(await quiet(cli.ask('show proc')));
  const hashOf = async (cliOfWorker: Cli) => HASH.exec(await quiet(cliOfWorker.ask(GET_HASH)))?.[1];
  const liveHash = () => hashOf(worker);
  const lookAfter = async (
    commands: readonly string[],
    more: readonly string[] = [],
    known?: Seen,
  ): Promise<Seen> => {
    const isKnown = known?.liveHash !== undefined;
    const besides = [...(isKnown ? [] : [GET_HASH]), ...more].map((command) => `@1 ${command}`);
    const text = await quiet(cli.askAll([...commands, 'show proc', ...besides]));
    // A worker that does not answer takes the master's own answer with it.
    const found = processesIn(text) ?? (await processes());
    const seen = { processes: found, uptimeS: workerUptime(text), text };
    if (!isKnown || text === '') return { ...seen, liveHash: HASH.exec(text)?.[1] };
    return { ...seen, liveHash: isSameWorker(known, seen) ? known.liveHash : await liveHash() };
  };
  const look: Master['look'] = (more, known) => lookAfter([], more, known);

  /** Asks with a patience that grows each time that it was too short. */
  const impatient = () => {
    let patience = PATIENCE_MS.first;
    return async () => {
      const asked = performance.now();
      const hash = await hashOf(createCli({ ...shared, target: '@1', deadlineMs: patience }));
      if (performance.now() - asked >= patience)
        patience = Math.min(patience * 2, PATIENCE_MS.most);
      return hash;
    };
  };

  const proof: Master['proof'] = async (hash, { deadlineMs, formerly = [], trouble }) => {
    const end = now() + deadlineMs;
    const ask = impatient();
    for (;;) {
      const live = await ask();
      const { workers = [] } = live === hash ? ((await processes()) ?? {}) : {};
      if (workers.some((pid) => !formerly.includes(pid))) return { kind: 'live', workers };
      const reason =
        trouble?.() ??
        (now() > end
          ? `HAProxy did not start to run ${hash} within ${deadlineMs} ms (it reports ${live ?? 'nothing'})`
          : undefined);
      if (reason !== undefined) return { kind: 'failed', reason, errors: [] };
      await pause(POLL_MS);
    }
  };

  /** Whether the reload that followed `before` has ended badly: the master counts both reloads and failures. */
  const failedSince = async (before: Processes) => {
    const now = await processes();
    return now !== undefined && now.reloads > before.reloads && now.failed > 0;
  };

  const reload: Master['reload'] = async (hash, { deadlineMs, trouble }) => {
    const end = now() + deadlineMs;
    for (;;) {
      const before = await processes();
      const formerly = before === undefined ? [] : [...before.workers, ...before.oldWorkers];
      const reply: Reply =
        before === undefined ? { kind: 'busy' } : parseReply(await quiet(patient.ask('reload')));
      if (reply.kind === 'failed')
        return { kind: 'failed', reason: 'HAProxy refused the reload', errors: reply.errors };
      if (reply.kind !== 'busy' && before !== undefined) {
        let failed = false;
        const watch = setInterval(
          () =>
            void failedSince(before).then(
              (is) => (failed ||= is),
              // Cut, as the wait for the proof is.
              () => undefined,
            ),
          POLL_MS * 4,
        );
        const left = Math.max(end - now(), 0);
        const why = () => (failed ? 'HAProxy could not load it' : trouble?.());
        return proof(hash, { deadlineMs: left, formerly, trouble: why }).finally(() =>
          clearInterval(watch),
        );
      }
      const reason = trouble?.() ?? (now() > end ? 'no master takes the reload' : undefined);
      if (reason !== undefined) return { kind: 'failed', reason, errors: [] };
      await pause(POLL_MS * 4);
    }
  };
  // The mode is the master's own to keep, which passes it on with the command.
  const tell: Master['tell'] = (hash) =>
    lookAfter(['experimental-mode on', `@1 set var proc.cfg_hash str(${hash})`]);
  const connections: Master['connections'] = async (pid) => {
    const info = await quiet(createCli({ ...shared, target: `@!${pid}` }).ask('show info'));
    return Number(/^CurrConns: (\d+)/m.exec(info)?.[1] ?? 0);
  };
  return {
    worker,
    processes,
    liveHash,
    look,
    version: () => version,
    proof,
    reload,
    tell,
    connections,
  };
}
