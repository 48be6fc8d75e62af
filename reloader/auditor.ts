import { type BackoffBounds, backoff } from '../functions/wire/backoff.ts';
import type { Log } from '../functions/wire/log.ts';
import type { Applier, Runtime } from './apply.ts';
import type { Found } from './audit/audit.ts';
import type { LastGood } from './disk/last-good.ts';
import type { Record } from './disk/record.ts';
import type { Release } from './disk/release.ts';
import type { DriftBook } from './drift.ts';
import type { Haproxy } from './haproxy/haproxy.ts';
import type { Mutex } from './mutex.ts';
import { recordOutcome } from './outcome.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Status } from './status.ts';
import { wasCut } from './stop.ts';

/** Looks whether HAProxy still runs what it was given, and at what operators have set. */
export interface Auditor {
  /** Compares and mends. Never rejects. */
  audit(): Promise<void>;
  /** Audits where HAProxy has another worker than at the last audit: whoever started it. Never rejects. */
  auditNewWorker(): Promise<void>;
  /**
   * Gives back servers that operators hold.
   *
   * @throws Surprise or CliError where HAProxy does not take it
   */
  release(paths: readonly string[]): Promise<void>;
}

export interface AuditorOptions<Work> {
  readonly runtime: Runtime<Work>;
  readonly applier: Applier<Work>;
  readonly lastGood: LastGood;
  readonly record: Record;
  readonly haproxy: Haproxy;
  readonly status: Status;
  readonly drift: DriftBook;
  readonly mutex: Mutex;
  readonly rateLimit: RateLimit;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Reloads for what cannot be mended: somebody who changes it again and again is not followed at his pace. */
const RELOADS: BackoffBounds = { firstMs: 60_000, maxMs: 3_600_000 };

export function createAuditor<Work>(options: AuditorOptions<Work>): Auditor {
  const { runtime, applier, lastGood, record, haproxy, status, drift, mutex, rateLimit, log } =
    options;
  let audited = 0;
  let reloads = 0;
  let notBefore = 0;

  /** The release that HAProxy runs as a whole; undefined where it is another one's turn to see to it. */
  const liveRelease = async (): Promise<Release | undefined> => {
    if (options.signal.aborted || record.memory.applying !== undefined) return undefined;
    const good = await lastGood.read();
    return good !== undefined && (await haproxy.master.liveHash()) === good.etag ? good : undefined;
  };

  const reload = async (reason: string) => {
    const now = performance.now();
    if (now < notBefore || rateLimit.waitMs() > 0) return;
    if (now > notBefore + RELOADS.maxMs) reloads = 0;
    reloads += 1;
    notBefore = now + RELOADS.firstMs + backoff(reloads, RELOADS);
    const applied = await applier.converge();
    if (applied.kind === 'refused') {
      const { reason: refusal, errors } = applied;
      log.error('cannot undo a change made by someone else', {
        code: 'drift-stays',
        refusal,
        errors,
      });
      return;
    }
    rateLimit.live('reloaded');
    const why = { kind: 'reloaded', cause: 'drift', reason } as const;
    recordOutcome(status, { applied: why, phases: { reload: performance.now() - now } });
  };

  const look = async () => {
    const release = await liveRelease();
    if (release === undefined) return;
    audited = status.haproxy.worker;
    const at = new Date().toISOString();
    const started = performance.now();
    const found: readonly Found[] = await runtime.audit(release, haproxy.master);
    drift.noteAll(found, { at, ms: performance.now() - started });
    const lasting = found.find(({ mended }) => !mended);
    if (lasting !== undefined) await reload(lasting.reason);
  };

  const inTurn = (work: () => Promise<void>) =>
    mutex(work).catch((error: unknown) => {
      if (!wasCut(error)) log.warn('audit failed', { code: 'audit-failed', error });
    });
  const isNewWorker = () => status.haproxy.worker !== 0 && status.haproxy.worker !== audited;

  return {
    audit: () => inTurn(look),
    async auditNewWorker() {
      // Whose turn comes first may have seen to it.
      if (isNewWorker()) await inTurn(async () => (isNewWorker() ? look() : undefined));
    },
    release: (paths) =>
      mutex(async () => {
        const release = await liveRelease();
        if (release === undefined) throw new Error('HAProxy does not run a verified release now');
        await runtime.release(release, paths);
      }),
  };
}
