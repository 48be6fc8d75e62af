import type { Runtime, RuntimeOutcome } from './apply.ts';
import type { Audit, Found } from './audit/audit.ts';
import type { Live } from './audit/live.ts';
import type { Release } from './disk/release.ts';
import {
  type Capabilities,
  capabilitiesOf,
  parseVersion,
  readCapabilities,
} from './haproxy/capabilities.ts';
import type { Master } from './haproxy/master.ts';
import type { HoldsKeeping } from './holds/keeping.ts';
import { underHolds } from './holds/under-holds.ts';
import type { Operation } from './operation.ts';
import type { Reading } from './plan/reading.ts';
import { planRetirement } from './plan/retirement.ts';
import { createPlanner } from './plan.ts';
import { readBackends } from './runtime/backends.ts';
import { findLeftBackends } from './runtime/left-backends.ts';
import { findLeftServers } from './runtime/left-servers.ts';
import { parseServerStates } from './runtime/server-state.ts';
import type { Session } from './runtime/session.ts';
import type { Sweeper } from './runtime/sweeper.ts';
import type { Tombstones } from './runtime/tombstones.ts';
import type { Worker } from './runtime/worker.ts';
import { backendsOf, runOperations } from './runtime.ts';
import type { Serving } from './serving.ts';
import { wasCut } from './stop.ts';

/** What a version of HAProxy can do. */
interface OfVersion {
  readonly version: string;
  readonly capabilities: Capabilities;
}

/** The operations that lead away from one release, for the version that HAProxy was of. */
export interface Work extends OfVersion {
  readonly from: Release;
  readonly operations: readonly Operation[];
}

export interface RuntimeApplyOptions {
  /** The folder of the live release as configurations name it. */
  readonly root: string;
  readonly worker: Worker;
  readonly serving: Serving;
  readonly tombstones: Tombstones;
  readonly sweeper: Sweeper;
  readonly reading: Reading;
  readonly live: Live;
  readonly keeping: HoldsKeeping;
  readonly audit: Audit;
  /** Told what another hand has changed, where a change met it. */
  readonly onFound: (found: readonly Found[]) => void;
}

/** Changes a running HAProxy over its Runtime API. */
export function createRuntimeApply(options: RuntimeApplyOptions): Runtime<Work> {
  const { root, worker, serving, tombstones, sweeper, reading, live, keeping, audit } = options;
  const plan = createPlanner(reading);
  let known: OfVersion | undefined;

  /** What HAProxy says of itself, asked for once a version; by its version alone while it does not answer. */
  const capabilitiesNow = async (etag: string, master: Master): Promise<OfVersion> => {
    // Told every second, and once more before anything is done.
    const version = master.version() ?? (await master.processes())?.version ?? '';
    if (known?.version === version) return known;
    try {
      const capabilities = await worker.using(etag, (session) => readCapabilities(session.ask));
      known = { version, capabilities };
      return known;
    } catch {
      return { version, capabilities: capabilitiesOf(parseVersion(version)) };
    }
  };

  /** What operators hold elsewhere, where HAProxy is about to be reloaded for what happened here. */
  const learnOthers = async (session: Session, from: Release, touched: ReadonlySet<string>) => {
    const expected = live.servers(from);
    const others = expected.backends.filter((backend) => !touched.has(backend));
    await keeping.meet(session, expected, new Set(others));
  };

  /** What another hand did to the servers that a change is about is mended first, and would be met otherwise. */
  const change = async (session: Session, { from, operations, capabilities }: Work) => {
    const touched = new Set(operations.flatMap(backendsOf));
    const audited = { session, release: from, capabilities };
    const nothing = { found: [], states: new Map() };
    const { found, states } = touched.size === 0 ? nothing : await audit.servers(audited, touched);
    options.onFound(found);
    const result = await runOperations({
      operations: underHolds(operations, keeping.holds),
      session,
      tombstones,
      ...(found.length === 0 ? { before: states } : {}),
    });
    if (result.kind === 'surprise') await learnOthers(session, from, touched);
    return result;
  };

  return {
    async plan(old, next, master: Master) {
      const now = await capabilitiesNow(old.etag, master);
      const { capabilities } = now;
      const planned = plan({ old: serving.of(old), new: next.files, root, capabilities });
      if (planned.kind !== 'runtime') return planned;
      return { kind: 'runtime', work: { ...now, from: old, operations: planned.operations } };
    },
    async resume(release) {
      const files = serving.of(release);
      const { servers, backends } = await worker.using(release.etag, async (session) => {
        const shown = await session.ask('show servers state');
        const left = findLeftServers(files, shown);
        const states = parseServerStates(shown);
        const whole = findLeftBackends(files, await readBackends(session), states);
        return { servers: [...left, ...whole.servers], backends: whole.backends };
      });
      for (const server of servers) tombstones.add({ ...server, words: [] });
      for (const backend of backends) tombstones.addBackend({ backend, words: [] });
      sweeper.start(release.etag);
      return servers.length + backends.length;
    },
    async run(work, master): Promise<RuntimeOutcome> {
      if (work.version !== (master.version() ?? work.version))
        return { kind: 'unproven', reason: 'HAProxy is of another version by now' };
      sweeper.stop();
      try {
        const result = await worker.using(work.from.etag, (session) => change(session, work));
        if (result.kind === 'surprise') return { kind: 'unproven', reason: result.reason };
        return result;
      } catch (error) {
        if (wasCut(error)) throw error;
        return { kind: 'unproven', reason: (error as Error).message };
      }
    },
    async retire(old, next) {
      const servers = planRetirement(serving.of(old), next.files);
      if (servers.length === 0) return 0;
      const lines = servers.map(({ line }) => line);
      await serving.retire(old.etag, lines);
      await worker.using(old.etag, async (session) => {
        for (const { backend, name } of servers) tombstones.add({ backend, name, words: [] });
        const commands = servers.map(
          ({ backend, name }) => `set server ${backend}/${name} state maint`,
        );
        await Promise.all(commands.map((command) => session.ask(command)));
      });
      sweeper.start(old.etag);
      return servers.length;
    },
    live(etag, isNewWorker) {
      serving.renew();
      if (isNewWorker) tombstones.clear();
      sweeper.start(etag);
    },
    async audit(release, master) {
      const { capabilities } = await capabilitiesNow(release.etag, master);
      sweeper.stop();
      try {
        return await worker.using(release.etag, async (session) => {
          const audited = { session, release, capabilities };
          const { found } = await audit.servers(audited);
          return [...found, ...(await audit.files(audited))];
        });
      } finally {
        sweeper.start(release.etag);
      }
    },
    release: (release, paths) =>
      worker.using(release.etag, (session) =>
        keeping.release(session, live.servers(release), paths),
      ),
    isWhole: serving.isWhole,
    waiting: () => tombstones.size,
  };
}
