import type { Log } from '../functions/wire/log.ts';
import type { Found } from './audit/audit.ts';
import type { LastGood } from './disk/last-good.ts';
import type { Record } from './disk/record.ts';
import type { Release } from './disk/release.ts';
import type { Releases } from './disk/releases.ts';
import type { Checked } from './haproxy/check.ts';
import type { Haproxy } from './haproxy/haproxy.ts';
import type { Master, Seen } from './haproxy/master.ts';
import type { Reason } from './refusal.ts';
import type { Brought, Reload } from './reload.ts';
import type { Phases, RuntimeReport } from './runtime.ts';
import { wasCut } from './stop.ts';

/** How one release becomes another. `Work` is what a runtime makes of its own plan. */
export type Plan<Work> =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'runtime'; readonly work: Work }
  | { readonly kind: 'reload'; readonly reason: string };

/** The way of changing a running HAProxy without a reload. */
export interface Runtime<Work> {
  /** From what runs to what shall run. */
  plan(old: Release, next: Release, master: Master): Promise<Plan<Work>>;
  /** Does the work and reads it back. Whatever is not proven calls for a reload, which converges everything. */
  run(work: Work, master: Master): Promise<RuntimeOutcome>;
  /** Takes up servers that left under an earlier reloader and are still to be deleted; how many. */
  resume(release: Release): Promise<number>;
  /** Takes what the next release drops out of service, ahead of a reload that has to wait; how many servers. */
  retire(old: Release, next: Release): Promise<number>;
  /** Compares what runs with the live release, and mends what another hand has changed. */
  audit(live: Release, master: Master): Promise<readonly Found[]>;
  /** Gives servers back that operators hold. */
  release(live: Release, paths: readonly string[]): Promise<void>;
  /** Whether all servers of the live release serve: none of them was retired. */
  isWhole(): boolean;
  /** Told whenever a release is live, and whether by another worker process. */
  live(etag: string, isNewWorker: boolean): void;
  /** Servers that left and wait for their connections to end. */
  waiting(): number;
}

export type RuntimeOutcome =
  | { readonly kind: 'applied'; readonly report: RuntimeReport }
  | { readonly kind: 'unproven'; readonly reason: string };

/** A release that is staged, and the way to it. */
export interface Prepared<Work> {
  readonly release: Release;
  /** The release that the plan leads away from; undefined where there is none. */
  readonly from: string | undefined;
  readonly plan: Plan<Work>;
  /**
   * The word of `haproxy -c`. For a reload it is there before; at runtime HAProxy itself checks every command, and the
   * check, which costs as much as a start, comes after the work.
   */
  check(): Promise<Checked>;
}

export type Preparation<Work> = {
  /** Of planning, and of the check where it came already. */
  readonly phases: Phases;
} & (({ readonly kind: 'prepared' } & Prepared<Work>) | ({ readonly kind: 'refused' } & Reason));

export type Applied =
  | Brought
  /** On disk, for a neighbour that does not run yet. */
  | { readonly kind: 'placed' }
  | { readonly kind: 'runtime'; readonly report: RuntimeReport; readonly seen: Seen };

export interface ApplierOptions<Work> {
  readonly releases: Releases;
  readonly record: Record;
  readonly haproxy: Haproxy;
  readonly runtime: Runtime<Work>;
  readonly reload: Reload;
  readonly lastGood: LastGood;
  readonly check: (release: Release) => Promise<Checked>;
  readonly log: Log;
}

/** Takes HAProxy from one release to the next, so that at every moment the disk holds what runs, or what last ran well. */
export interface Applier<Work> {
  /** Stages and checks; touches nothing that runs. */
  prepare(release: Release): Promise<Preparation<Work>>;
  /** Takes dead servers out of service, for a reload that has to wait. */
  retire(prepared: Prepared<Work>): Promise<number>;
  /** Takes up what an earlier reloader left undone in a HAProxy that runs the last good release. Never rejects. */
  resume(): Promise<void>;
  /** Whether the live release is as it is on disk: no server of it was retired. */
  isWhole(): boolean;
  /** Applies; on failure everything is as it was. */
  commit(prepared: Prepared<Work>): Promise<Applied>;
  /** Servers that left and wait for their connections to end. */
  waiting(): number;
  /** Makes disk and HAProxy agree on the last good release, whatever was going on. */
  converge(): Promise<Applied>;
}

const NO_WORK: RuntimeReport = { operations: {}, phases: {}, waiting: 0 };

const refuse = (code: string, reason: string): { kind: 'refused' } & Reason => ({
  kind: 'refused',
  code,
  reason,
  errors: [],
});

const AWAY = refuse('haproxy-away', 'no HAProxy answers on MASTER_SOCKET');

export function createApplier<Work>(options: ApplierOptions<Work>): Applier<Work> {
  const { releases, record, haproxy, runtime, reload, lastGood, log } = options;
  const { master } = haproxy;

  /**
   * The work first, then the files, the hash last: where any of it stops, the mark on disk calls for a reload.
   * Nothing is put in the place of the last good files before the word of `haproxy -c`.
   */
  const applyAtRuntime = async (prepared: Prepared<Work>, work: Work | undefined) => {
    const { release } = prepared;
    await record.mark(release.etag);
    const outcome =
      work === undefined
        ? ({ kind: 'applied', report: NO_WORK } as const)
        : await runtime.run(work, master);
    const worked = performance.now();
    const verdict = await prepared.check();
    const checked = performance.now();
    if (verdict.kind === 'refused') return verdict;
    if (outcome.kind === 'unproven') return outcome;
    await releases.point(release.etag);
    const seen = await master.tell(release.etag);
    if (seen.liveHash !== release.etag)
      return { kind: 'unproven', reason: 'HAProxy did not take the new hash' } as const;
    runtime.live(release.etag, false);
    await lastGood.settle(release);
    const phases = { check: checked - worked, settle: performance.now() - checked };
    const { report } = outcome;
    return {
      kind: 'applied',
      report: { ...report, phases: { ...report.phases, ...phases } },
      seen,
    } as const;
  };

  /** For a neighbour that waits for its first configuration: it will start from what is put there. */
  const place = async (release: Release): Promise<Applied> => {
    await releases.point(release.etag);
    await lastGood.settle(release);
    return { kind: 'placed' };
  };

  /** A check that cannot be made is a refusal. */
  const check = async (release: Release): Promise<Checked> => {
    try {
      const checked = await options.check(release);
      if (checked.kind === 'unchecked' && haproxy.kind === 'child')
        return refuse('haproxy-missing', 'there is no HAProxy binary at the path of HAPROXY');
      if (checked.kind === 'unchecked')
        log.warn('cannot check the release: no HAProxy binary here');
      return checked;
    } catch (error) {
      if (wasCut(error)) throw error;
      return refuse('disk', (error as Error).message);
    }
  };

  return {
    async prepare(release) {
      let checked: Promise<Checked> | undefined;
      const checkOnce = () => (checked ??= check(release));
      const startedAt = performance.now();
      const old = await lastGood.read();
      const plan =
        old === undefined
          ? ({ kind: 'reload', reason: 'first release' } as const)
          : await runtime.plan(old, release, master);
      const planned = performance.now();
      const from = old?.etag;
      const prepared = { kind: 'prepared', release, from, plan, check: checkOnce } as const;
      if (plan.kind === 'runtime') return { ...prepared, phases: { plan: planned - startedAt } };
      const verdict = await checkOnce();
      const phases = { plan: planned - startedAt, check: performance.now() - planned };
      return { ...(verdict.kind === 'refused' ? verdict : prepared), phases };
    },
    waiting: () => runtime.waiting(),
    async resume() {
      try {
        const good = await lastGood.read();
        if (good === undefined || (await master.liveHash()) !== good.etag) return;
        const count = await runtime.resume(good);
        if (count > 0) log.info('removed servers still to be deleted', { count });
      } catch (error) {
        log.warn('cannot tell whether removed servers are still there', { error });
      }
    },
    isWhole: () => runtime.isWhole(),
    async retire({ release }) {
      const old = await lastGood.read();
      return old === undefined ? 0 : runtime.retire(old, release);
    },
    async commit(prepared) {
      const { release, plan } = prepared;
      const isChild = haproxy.kind === 'child';
      if (isChild && plan.kind === 'reload')
        return reload.bring(release, { cause: 'plan', reason: plan.reason });
      const { liveHash } = await master.look();
      if (!isChild) {
        const isFirst = record.memory.lastGood === undefined;
        if (isFirst && !(await haproxy.isRunning())) return place(release);
        // It is away, or starts this very moment: what it reads must not change under it.
        if (!isFirst && liveHash === undefined) return AWAY;
      }
      if (plan.kind === 'reload')
        return reload.bring(release, { cause: 'plan', reason: plan.reason });
      const old = await lastGood.read();
      // With a mark on disk, HAProxy may be half changed, and still tell the last good hash. A repair may have
      // completed what was half done when the plan was made.
      const isUnsure = record.memory.applying !== undefined || old?.etag !== prepared.from;
      if (isUnsure || liveHash !== old?.etag) {
        const verdict = await prepared.check();
        if (verdict.kind === 'refused') return verdict;
        return reload.bring(release, {
          cause: 'drift',
          reason: 'HAProxy does not run the release that the plan leads away from',
        });
      }
      const work = plan.kind === 'runtime' ? plan.work : undefined;
      const outcome = await applyAtRuntime(prepared, work);
      if (outcome.kind === 'applied') return { ...outcome, kind: 'runtime' };
      const isAway = haproxy.kind === 'neighbour' && !(await haproxy.isRunning());
      if (isAway) {
        // It starts again from what is in place: from the release before, where it did not get further.
        if ((await releases.pointed()) === old?.etag) await record.update({ applying: undefined });
        return AWAY;
      }
      if (outcome.kind === 'unproven')
        return reload.bring(release, { cause: 'surprise', reason: outcome.reason });
      await reload.rollBack(release);
      return outcome;
    },
    async converge() {
      const { applying } = record.memory;
      const ran = applying !== undefined && (await master.liveHash()) === applying;
      // All but the last note was done: HAProxy runs it, from the files of its release.
      if (ran && (await releases.pointed()) === applying && (await releases.read(applying))) {
        await lastGood.note(applying);
        return { kind: 'reloaded', cause: 'drift', reason: 'completed' };
      }
      const good = await lastGood.reread();
      if (good === undefined) return refuse('no-release', 'there is no good release on disk');
      await releases.point(good.etag);
      const half = applying === undefined ? [] : [await releases.read(applying)];
      const outcome = await reload.load(good, half);
      if (outcome.kind === 'failed') return refuse('reload-failed', outcome.reason);
      await lastGood.note(good.etag);
      return { kind: 'reloaded', cause: 'drift', reason: 'repair' };
    },
  };
}
