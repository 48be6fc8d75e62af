import { setTimeout as delay } from 'node:timers/promises';
import { type BackoffBounds, backoff } from '../functions/wire/backoff.ts';
import type { Log } from '../functions/wire/log.ts';
import type { PollError } from './answer.ts';
import type { Record } from './disk/record.ts';
import type { Teller } from './evidence/teller.ts';
import type { Guard } from './guard.ts';
import type { Reconciler } from './reconciler.ts';
import type { Form, Polled, Poller } from './poll.ts';
import type { Occasion } from './refusal.ts';
import { report } from './report.ts';
import type { Status } from './status.ts';
import { wasCut } from './stop.ts';
import { underEither } from './under-either.ts';

export interface LoopOptions {
  readonly poller: Poller;
  readonly reconciler: Reconciler;
  readonly guard: Guard;
  readonly record: Record;
  readonly teller: Teller;
  /** Looks after HAProxy, now that this process is awake. Never rejects. */
  readonly look: () => Promise<void>;
  readonly status: Status;
  readonly log: Log;
  /** This proxy's name for the renderer's status page. */
  readonly name: string;
  readonly waitMs: number;
  /** 0 for never. */
  readonly reconcileMs: number;
  readonly signal: AbortSignal;
}

export interface Loop {
  /**
   * Polls and applies until the signal.
   *
   * @throws an AbortError where there is no time to end what was begun
   */
  run(): Promise<void>;
  /** Interrupts the poll, to fetch everything anew and compare. */
  reconcile(): void;
  /** Interrupts the poll, to do what is due. */
  wake(): void;
}

const POLL_BACKOFF: BackoffBounds = { firstMs: 500, maxMs: 30_000 };

/** Until the window ends, with what the renderer may take off a wait, in whole seconds as a wait is told. */
const windowWaitMs = (teller: Teller): number =>
  Math.ceil(((teller.pollsInMs() ?? Number.POSITIVE_INFINITY) * 16) / 15_000) * 1000;

export function createLoop(options: LoopOptions): Loop {
  const { poller, reconciler, guard, record, teller, status, log, name, waitMs, signal } = options;
  let interrupt = new AbortController();
  let occasion: Occasion = 'came';
  let failures = 0;

  /** What is due is done as well when somebody asks, who is not to wait for the next time. */
  const fetchAnew = (why: 'due' | 'asked') => {
    if (occasion !== 'asked') occasion = why;
  };

  const pause = (ms: number) =>
    underEither([signal, interrupt.signal], (either) =>
      delay(ms, undefined, { signal: either }).catch(() => undefined),
    );

  const poll = async (): Promise<Polled | { readonly kind: 'interrupted' }> => {
    const retryIn = reconciler.retryInMs();
    const timer = retryIn === undefined ? undefined : setTimeout(() => interrupt.abort(), retryIn);
    try {
      status.counts.polls += 1;
      const asOf = guard.position();
      const etag = occasion === 'came' ? status.wanted : undefined;
      // Whoever fetches anew wants what was refused, to try it again.
      const declined = occasion === 'came' ? reconciler.declined() : undefined;
      const { revision: running, words } = record.memory;
      const evidence = await teller.withPoll();
      // After trouble the first question is whether the renderer is there: one that holds does not tell.
      const holdMs = status.renderer.reachable ? Math.min(waitMs, windowWaitMs(teller)) : 0;
      const request = {
        etag,
        asOf,
        waitMs: holdMs,
        report: report({ status, name, running, declined, words, evidence }),
      };
      return await underEither([signal, interrupt.signal], (either) =>
        poller.poll({ ...request, signal: either }),
      );
    } catch (error) {
      if (signal.aborted || interrupt.signal.aborted) return { kind: 'interrupted' };
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };

  /** Lost, it costs a fleet with lagging replicas one step back at the next start; no reason to stop. */
  const remember = () =>
    record
      .update({ asOf: guard.position() })
      .catch((error: unknown) => log.error('cannot record the position', { error }));

  const refused = async (retryAfterMs: number) => {
    status.renderer = { ...status.renderer, reachable: true };
    failures += 1;
    if (guard.refuse()) {
      status.counts.guardDrops += 1;
      log.error('all replicas lagged behind the last position for two minutes; forgetting it');
      await remember();
    }
    await pause(Math.max(retryAfterMs, backoff(failures, POLL_BACKOFF)));
  };

  /** A delta that cannot be used costs a second answer, and is worth a look at what lies between. */
  const noteForm = (polled: Form) => {
    const { bundleForms } = status.counts;
    bundleForms[polled.form] = (bundleForms[polled.form] ?? 0) + 1;
    if (polled.form === 'doubt')
      log.warn('cannot use a delta; fetched the whole bundle', { error: polled.doubt });
  };

  const answered = async (polled: Exclude<Polled, { kind: 'behind' }>) => {
    failures = 0;
    const lastPoll = new Date().toISOString();
    if (!status.renderer.reachable) log.info('renderer reachable');
    status.renderer = { reachable: true, lastPoll, lastError: undefined };
    const moved = guard.take(polled.kind === 'bundle' ? polled.bundle.asOf : polled.asOf);
    const { revision, insteadOf } = polled;
    const etag = polled.kind === 'bundle' ? polled.bundle.etag : status.wanted;
    if (etag !== undefined) record.origin(etag, revision);
    status.insteadOf = insteadOf;
    await teller.want(polled.evidenceS);
    if (polled.kind === 'unchanged' && insteadOf === undefined) await reconciler.settle(etag);
    if (polled.kind === 'bundle') {
      noteForm(polled);
      const why = insteadOf === undefined ? occasion : 'instead';
      occasion = 'came';
      await reconciler.take(polled.bundle, why);
    }
    if (moved) await remember();
  };

  const failed = async (error: unknown) => {
    failures += 1;
    status.counts.pollFailures += 1;
    const { code, message } = error as PollError;
    const lastError = `${code ?? 'error'}: ${message}`;
    log.warn('poll failed', { error, failures });
    status.renderer = { ...status.renderer, reachable: false, lastError };
    const retryAfterMs = (error as Partial<PollError>).retryAfterMs ?? 0;
    await pause(Math.max(retryAfterMs, backoff(failures, POLL_BACKOFF)));
  };

  const turn = async () => {
    if (interrupt.signal.aborted) interrupt = new AbortController();
    if (reconciler.retryInMs() === 0 && !(await reconciler.retry())) fetchAnew('due');
    try {
      const polled = await poll();
      if (polled.kind === 'behind') await refused(polled.retryAfterMs);
      else if (polled.kind !== 'interrupted') await answered(polled);
      // A HAProxy that has died may take long to come back, and the renderer is to hear of it meanwhile.
      if (polled.kind === 'unchanged') void options.look();
    } catch (error) {
      if (wasCut(error)) throw error;
      await failed(error);
    }
  };

  const reconcile = (why: 'due' | 'asked') => {
    fetchAnew(why);
    interrupt.abort();
  };

  return {
    async run() {
      const timer =
        options.reconcileMs > 0 ? setInterval(reconcile, options.reconcileMs, 'due') : undefined;
      try {
        while (!signal.aborted) await turn();
      } finally {
        clearInterval(timer);
      }
    },
    reconcile: () => reconcile('asked'),
    wake: () => interrupt.abort(),
  };
}
