import { setTimeout as delay } from 'node:timers/promises';
import { CONFIG_PATH } from '../functions/wire/bundle.ts';
import type { Log } from '../functions/wire/log.ts';
import type { Runtime, RuntimeOutcome } from './apply.ts';
import type { Retirement } from './disk/record.ts';
import type { Release } from './disk/release.ts';
import {
  type Capabilities,
  capabilitiesOf,
  parseVersion,
  readCapabilities,
} from './haproxy/capabilities.ts';
import type { Master } from './haproxy/master.ts';
import type { Operation } from './operation.ts';
import { planRetirement } from './plan/retirement.ts';
import { createPlanner } from './plan.ts';
import { findLeftServers } from './runtime/left-servers.ts';
import { openSession, type Session } from './runtime/session.ts';
import { Surprise } from './runtime/surprise.ts';
import { createTombstones } from './runtime/tombstones.ts';
import { runOperations } from './runtime.ts';
import { wasCut } from './stop.ts';

/** The operations that lead away from one release. */
export interface Work {
  readonly from: string;
  readonly operations: readonly Operation[];
}

export interface RuntimeApplyOptions {
  /** The folder of the live release as configurations name it. */
  readonly root: string;
  readonly masterSocket: string;
  /** The worker's own socket, where this reloader has HAProxy open one: a command there costs a tenth. */
  readonly workerSocket?: string;
  /** What an earlier reloader took out ahead of a reload that did not come. */
  readonly retired?: Retirement;
  /** Remembers what is taken out, for a successor; called before the first command. */
  readonly onRetire: (retired: Retirement) => Promise<void>;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Ends every session with an AbortError. */
  readonly hurry?: AbortSignal;
}

/** Between tries to delete servers whose connections go on. */
const SWEEP_MS = { first: 100, most: 5_000 };
/** A configuration without some of its lines, the others keeping their numbers. */
function withoutLines(files: Release['files'], lines: ReadonlySet<number>): Release['files'] {
  if (lines.size === 0) return files;
  return files.map((file) => {
    if (file.path !== CONFIG_PATH) return file;
    const kept = file.content.split('\n').map((line, i) => (lines.has(i + 1) ? '' : line));
    return { ...file, content: kept.join('\n') };
  });
}

const HASH = /^proc\.cfg_hash: type=str value=<(sha256:[0-9a-f]{64})>/;

/** Changes a running HAProxy over its Runtime API. */
export function createRuntimeApply(options: RuntimeApplyOptions): Runtime<Work> {
  const { root, masterSocket, workerSocket, log, signal, hurry } = options;
  const plan = createPlanner();
  const tombstones = createTombstones();
  let { retired } = options;
  let sweeping: AbortController | undefined;
  let version = '';
  let known: { readonly version: string; readonly capabilities: Capabilities } | undefined;

  /** What serves of a release that runs: all of it but what was taken out ahead of a reload. */
  const serving = ({ etag, files }: Release) =>
    retired?.etag === etag ? withoutLines(files, new Set(retired.lines)) : files;

  /** A session with the worker that runs this release. A failed reload can leave the worker's own socket dead. */
  const open = async (etag: string): Promise<Session> => {
    const ways = [
      ...(workerSocket === undefined ? [] : [{ path: workerSocket }]),
      { path: masterSocket, target: '@1' },
    ];
    for (const way of ways) {
      const session = openSession({ ...way, ...(hurry === undefined ? {} : { hurry }) });
      const told = await session.ask('get var proc.cfg_hash').catch((error: unknown) => {
        if (wasCut(error)) throw error;
        return '';
      });
      if (HASH.exec(told)?.[1] === etag) return session;
      session.close();
    }
    throw new Surprise('HAProxy does not run the release that the changes lead away from');
  };

  const using = async <T>(etag: string, work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await open(etag);
    try {
      return await work(session);
    } finally {
      session.close();
    }
  };

  /** What HAProxy says of itself, asked for once a version; by its version alone while it does not answer. */
  const capabilitiesNow = async (etag: string): Promise<Capabilities> => {
    if (known?.version === version) return known.capabilities;
    try {
      const capabilities = await using(etag, (session) => readCapabilities(session.ask));
      known = { version, capabilities };
      return capabilities;
    } catch {
      return capabilitiesOf(parseVersion(version));
    }
  };

  /** Deletes what waits, in the background, until nothing does or another apply or a reload takes over. */
  const sweep = async (etag: string, until: AbortSignal) => {
    let isTold = false;
    for (let ms = SWEEP_MS.first; tombstones.size > 0; ms = Math.min(ms * 2, SWEEP_MS.most)) {
      await delay(ms, undefined, { signal: until, ref: false });
      try {
        await using(etag, (session) => tombstones.sweep(session));
      } catch (error) {
        if (until.aborted) return;
        const { size: waiting } = tombstones;
        if (!isTold) log.warn('servers that left cannot be deleted yet', { error, waiting });
        isTold = true;
      }
    }
  };

  const startSweeping = (etag: string) => {
    sweeping?.abort();
    const controller = new AbortController();
    sweeping = controller;
    // It rejects when it is aborted, and only then.
    sweep(etag, AbortSignal.any([controller.signal, signal])).catch(() => undefined);
  };

  return {
    async plan(old, next, master: Master) {
      // A master that is busy tells nothing for a moment, and is of the version that it was.
      version = (await master.processes())?.version ?? version;
      const capabilities = await capabilitiesNow(old.etag);
      const files = serving(old);
      const planned = plan({ old: files, new: next.files, root, capabilities });
      if (planned.kind !== 'runtime') return planned;
      return { kind: 'runtime', work: { from: old.etag, operations: planned.operations } };
    },
    async resume(release) {
      const left = await using(release.etag, async (session) =>
        findLeftServers(serving(release), await session.ask('show servers state')),
      );
      for (const server of left) tombstones.add({ ...server, words: [] });
      if (tombstones.size > 0) startSweeping(release.etag);
      return left.length;
    },
    async run({ from, operations }): Promise<RuntimeOutcome> {
      sweeping?.abort();
      try {
        const result = await using(from, (session) =>
          runOperations({ operations, session, tombstones }),
        );
        if (result.kind === 'surprise') return { kind: 'unproven', reason: result.reason };
        return result;
      } catch (error) {
        if (wasCut(error)) throw error;
        return { kind: 'unproven', reason: (error as Error).message };
      }
    },
    async retire(old, next) {
      const servers = planRetirement(serving(old), next.files);
      if (servers.length === 0) return 0;
      const before = retired?.etag === old.etag ? retired.lines : [];
      retired = { etag: old.etag, lines: [...before, ...servers.map(({ line }) => line)] };
      await options.onRetire(retired);
      await using(old.etag, async (session) => {
        for (const { backend, name } of servers) tombstones.add({ backend, name, words: [] });
        const commands = servers.map(
          ({ backend, name }) => `set server ${backend}/${name} state maint`,
        );
        await Promise.all(commands.map((command) => session.ask(command)));
      });
      startSweeping(old.etag);
      return servers.length;
    },
    live(etag, isNewWorker) {
      retired = undefined;
      if (isNewWorker) tombstones.clear();
      if (tombstones.size > 0) startSweeping(etag);
      else sweeping?.abort();
    },
    isWhole: () => retired === undefined,
    waiting: () => tombstones.size,
  };
}
