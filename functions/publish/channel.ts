import type { Diagnostic } from '../core/diagnostics.ts';
import type { Member } from '../rollout/member.ts';
import type {
  Answer,
  HeldQuestion,
  Known,
  NotReady,
  Publication,
  Question,
  Settle,
  Variant,
  VariantStatus,
} from './publication.ts';
import { type AsOf, hasReached } from '../wire/as-of.ts';
import type { Bundle } from '../wire/bundle.ts';
import { type Ancestry, beginAncestry } from './ancestry.ts';
import { toPublication } from './to-publication.ts';
import { createWaiters, type Waiter } from './waiters.ts';

/** What a render came to, for the pollers of one variant. */
export type Outcome =
  | { readonly kind: 'bundle'; readonly bundle: Bundle }
  | { readonly kind: 'failure'; readonly failure: Diagnostic };

/** A render that has ended. */
export interface Render {
  /** Of the inputs. */
  readonly version: number;
  /** The hash of the intent. */
  readonly revision: string;
  /** How far the rollout has come that this is served by: further than what it is made of, where it ends late. */
  readonly ofRollout: AsOf;
  readonly at: Date;
}

/** Which waiting questions are meant, by who asks. */
export type Selection = (proxy: Member | undefined) => boolean;

/** A waiting question between two channels. */
export type Moving = { readonly kind: 'held'; readonly proxy: Member | undefined };

/** One variant's last good bundle, and the questions that wait for the next. */
export interface Channel {
  readonly variant: Variant;
  /** Takes what a render came to; tells whether the bundle is a new one. */
  publish(outcome: Outcome, render: Render): boolean;
  /** Tells that a newer intent is not served, and why; undefined: it is. */
  warn(failure: Diagnostic | undefined): void;
  /** Tells that this is in the place of another revision; undefined: it is not. */
  standIn(revision: string | undefined): void;
  /** What has been rendered of this version holds for a later position too. */
  advance(asOf: AsOf, version: number): void;
  /** The rollout has come as far as this: by it what there is of this revision is served, whatever is rendered meanwhile. */
  steer(ofRollout: AsOf, revision: string): void;
  /** Waits for a render first where none has come yet. */
  ask(question: Question, settle: Settle): Answer | HeldQuestion;
  /** Tells every waiting question, or these, what holds now. */
  dismiss(which?: Selection): void;
  /** Gives up these of the waiting questions, for another channel. */
  part(which: Selection): readonly Moving[];
  /** Goes on with questions of another channel; they are looked at as if just asked here. */
  join(moving: readonly Moving[]): void;
  /** Tells every waiting question what holds, at a random time within so many milliseconds; no later one waits. */
  release(overMs?: number): void;
  isIdle(): boolean;
  status(): VariantStatus;
}

/** All that is kept of a question while it waits; thousands do, so that it is itself what is held. */
interface Asking extends Waiter, HeldQuestion {
  /** Until it is compared with the first bundle that it may have. */
  known: Known;
  /** From then on: the hash that it waits to differ; empty where it has none. */
  etag: string | undefined;
  readonly seen: AsOf;
  readonly askedAt: number;
  readonly waitMs: number;
  maxMs: number;
  readonly proxy: Member | undefined;
  readonly takesPatch: boolean;
  /** Between two channels: what the former one serves. */
  left: Bundle | undefined;
  readonly settle: Settle;
}

/** A first render is worth so long a wait, even to a poller that would not wait for a change. */
const FIRST_RENDER_MS = 10_000;

const NOTHING: Known = { kind: 'none' };
const NOWHERE: AsOf = {};

function toNotReady({ code, message, hint }: Diagnostic): NotReady {
  return { code, message, hint };
}

/** Whoever has several hashes, or any, waits with whichever of them is current. */
function choose(known: Known, etag: string): string {
  const has = known.kind === 'any' || (known.kind === 'these' && known.etags.includes(etag));
  return has ? etag : '';
}

/**
 * How long, in milliseconds, a poller that has seen more than this replica is held: most replicas catch up in a moment,
 * and beyond it another one is more likely to have what the poller waits for.
 */
export const LAG_MS = 5_000;

/** A channel for one variant. */
export function createChannel(variant: Variant, lagMs = LAG_MS): Channel {
  const waiters = createWaiters<Asking>(visit);
  /** Of those, the ones that wait for this replica to reach their position. */
  const lagging = new Set<Asking>();
  let publication: Publication | undefined;
  let ancestry: Ancestry | undefined;
  /** Of the render of what is served. */
  let failed: Diagnostic | undefined;
  /** Of a newer intent, which is not served. */
  let warned: Diagnostic | undefined;
  let insteadOf: string | undefined;
  let asOf: AsOf = {};
  let version = -1;
  /** Of what is served. */
  let revision = '';
  let releasedAt = Number.POSITIVE_INFINITY;
  let dismissedAt = Number.NEGATIVE_INFINITY;
  /** Shared by all who get them, so that each is made ready to be sent once. */
  let answers: { readonly bundle: Answer; readonly same: Answer } | undefined;

  function change(): void {
    const failure = failed ?? warned;
    const shared = {
      asOf,
      revision,
      ...(failure ? { failure } : {}),
      ...(insteadOf === undefined ? {} : { insteadOf }),
    };
    answers = publication && {
      bundle: { kind: 'bundle', publication, ...shared },
      same: { kind: 'same', etag: publication.etag, ...shared },
    };
  }

  function lateAnswer(asking: Asking, isReached: boolean): Answer {
    if (!isReached) return { kind: 'behind' };
    if (answers && asking.etag === publication?.etag) return answers.same;
    const message = 'the first render of this configuration has not ended yet';
    return { kind: 'not-ready', reason: { code: 'not-rendered', message, hint: 'Ask again.' } };
  }

  /** The answer for now; undefined where it is yet to come, and then until when. */
  function look(asking: Asking): Answer | undefined {
    if (!publication && failed) return { kind: 'not-ready', reason: toNotReady(failed) };
    const isReached = hasReached(asOf, asking.seen);
    if (answers && publication && isReached) {
      asking.etag ??= choose(asking.known, publication.etag);
      asking.known = NOTHING;
      if (asking.etag !== publication.etag) return answers.bundle;
    }
    const { askedAt, waitMs, maxMs } = asking;
    const ms = publication ? waitMs : Math.max(waitMs, FIRST_RENDER_MS);
    asking.dueAt = askedAt + Math.min(ms, maxMs, isReached ? Number.POSITIVE_INFINITY : lagMs);
    const isDue = asking.dueAt <= performance.now() || askedAt <= dismissedAt;
    if (askedAt >= releasedAt || isDue) return lateAnswer(asking, isReached);
    if (isReached) lagging.delete(asking);
    else lagging.add(asking);
    return undefined;
  }

  function forget(asking: Asking): void {
    waiters.delete(asking);
    lagging.delete(asking);
  }

  function cancel(this: Asking): void {
    forget(this);
  }

  function visit(asking: Asking): void {
    const answer = look(asking);
    if (!answer) {
      // It may be due earlier than it was.
      waiters.add(asking);
      return;
    }
    forget(asking);
    asking.settle(answer);
  }

  /** Compresses before it wakes: those who wait are then answered without a pause, one after the other. */
  function wakeWithBundle({ gzip, patch }: Publication): void {
    const wake = () => waiters.visit();
    const takesAll = ({ takesPatch, etag = '' }: Asking) => !takesPatch || !patch(etag);
    // Where it cannot be compressed, whoever asks for that is told so.
    if (waiters.all().some(takesAll)) Promise.resolve(gzip()).then(wake, wake);
    else wake();
  }

  return {
    variant,
    publish(outcome, render) {
      const before = publication?.etag;
      version = render.version;
      failed = outcome.kind === 'failure' ? outcome.failure : undefined;
      if (outcome.kind === 'bundle') {
        asOf = { ...outcome.bundle.asOf, ...render.ofRollout };
        revision = render.revision;
        if (outcome.bundle.etag !== before) {
          ancestry = ancestry?.succeed(outcome.bundle) ?? beginAncestry(outcome.bundle);
          publication = toPublication(ancestry, render.at);
        }
      }
      change();
      const isNew = publication?.etag !== before;
      if (publication && isNew) wakeWithBundle(publication);
      else waiters.visit(publication && lagging);
      return isNew;
    },
    warn(failure) {
      if (failure === warned) return;
      warned = failure;
      change();
    },
    standIn(other) {
      if (other === insteadOf) return;
      insteadOf = other;
      change();
    },
    advance(position, of) {
      if (of !== version || failed) return;
      asOf = position;
      change();
      waiters.visit(lagging);
    },
    steer(ofRollout, of) {
      if (of !== revision) return;
      asOf = { ...asOf, ...ofRollout };
      change();
      waiters.visit(lagging);
    },
    ask(question, settle) {
      const { known, seen = NOWHERE, waitMs, maxMs = Number.POSITIVE_INFINITY, proxy } = question;
      const askedAt = performance.now();
      const asking: Asking = {
        kind: 'held',
        known,
        etag: undefined,
        seen,
        askedAt,
        waitMs,
        maxMs,
        proxy,
        takesPatch: question.takesPatch ?? false,
        left: undefined,
        settle,
        dueAt: 0,
        cancel,
      };
      const answer = look(asking);
      if (answer) return answer;
      waiters.add(asking);
      return asking;
    },
    dismiss(which) {
      if (!which) {
        dismissedAt = performance.now();
        waiters.visit();
        return;
      }
      const meant = new Set(waiters.all().filter(({ proxy }) => which(proxy)));
      for (const asking of meant) asking.maxMs = 0;
      waiters.visit(meant);
    },
    part(which) {
      const leaving = waiters.all().filter(({ proxy }) => which(proxy));
      for (const asking of leaving) {
        forget(asking);
        asking.left = ancestry?.bundle;
      }
      return leaving;
    },
    join(moving) {
      const arriving = moving as readonly Asking[];
      for (const asking of arriving) {
        // What it has is compared with what there is here.
        if (asking.etag) asking.known = { kind: 'these', etags: [asking.etag] };
        asking.etag = undefined;
        if (asking.left) ancestry?.learn(asking.left);
        asking.left = undefined;
        asking.cancel = cancel;
        waiters.add(asking);
      }
      waiters.visit(new Set(arriving));
    },
    release(overMs = 0) {
      releasedAt = performance.now();
      // At a random time each: those who are sent away dial other replicas.
      for (const asking of waiters.all()) {
        const leftMs = releasedAt - asking.askedAt + Math.random() * overMs;
        asking.maxMs = Math.min(asking.maxMs, leftMs);
      }
      waiters.visit();
    },
    isIdle: () => waiters.size() === 0,
    status() {
      const failure = failed ?? warned;
      return {
        variant,
        ...(publication && {
          etag: publication.etag,
          config: publication.config,
          publishedAt: publication.publishedAt,
          size: publication.json.byteLength,
        }),
        waiting: waiters.size(),
        ...(failure ? { failure } : {}),
      };
    },
  };
}
