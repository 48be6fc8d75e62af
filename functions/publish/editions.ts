import { hashIntent, type Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { Member, Question } from '../publication.ts';
import type { RendererProcess } from '../renderer/process.ts';
import type { Edition } from './edition.ts';

export interface EditionsOptions {
  /** An edition without an intent; `onFirst`: it is ready for another variant. */
  readonly create: (onFirst: () => void) => Edition;
  /** Whether a proxy is to run the candidate. */
  readonly admits: (proxy: Member) => boolean;
}

/** What is served, and beside it, in a rollout, the candidate: each with today's endpoints. */
export interface Editions {
  stable(): Edition;
  candidate(): Edition | undefined;
  /** Serves another intent: the one of the candidate goes on in its renderer. Gives the renderer that is left over. */
  serve(intent: Intent, ready?: RendererProcess): RendererProcess | undefined;
  /** Gives an intent to those that are admitted. Gives the renderer that is left over. */
  stage(intent: Intent, ready?: RendererProcess): RendererProcess | undefined;
  /** No candidate any more: whoever waits for it goes on with what is stable. */
  unstage(): void;
  /** The one that a poller is to be answered from. */
  choose(question: Question): Edition;
  /** Other proxies than before are to run the candidate. */
  reroute(): void;
  update(update: PackedUpdate): void;
  advance(): void;
  reconcile(): void;
  release(): void;
  stop(): void;
}

const everybody = () => true;

export function createEditions({ create, admits }: EditionsOptions): Editions {
  let stable = create(reroute);
  let candidate: Edition | undefined;

  const isMeant = (proxy: Member | undefined) => proxy !== undefined && admits(proxy);

  function reroute(): void {
    candidate?.takeOver(stable, isMeant);
    if (candidate) stable.takeOver(candidate, (proxy) => !isMeant(proxy));
  }

  function end(edition: Edition): void {
    edition.release();
    edition.stop();
  }

  const each = (act: (edition: Edition) => void): void => {
    act(stable);
    if (candidate) act(candidate);
  };

  return {
    stable: () => stable,
    candidate: () => candidate,
    serve(intent, ready) {
      if (candidate?.revision() !== hashIntent(intent)) return stable.turn(intent, ready);
      const old = stable;
      stable = candidate;
      candidate = undefined;
      stable.takeOver(old, everybody);
      end(old);
      return ready;
    },
    stage(intent, ready) {
      if (candidate?.revision() === hashIntent(intent)) return ready;
      candidate ??= create(reroute);
      return candidate.turn(intent, ready);
    },
    unstage() {
      const old = candidate;
      candidate = undefined;
      if (!old) return;
      stable.takeOver(old, everybody);
      end(old);
    },
    choose({ proxy, running, refused, variant }) {
      if (!candidate || !isMeant(proxy)) return stable;
      const revision = candidate.revision();
      if (refused?.revision === revision) return stable;
      // Whoever runs it already waits for it, rather than to be taken back for a moment.
      return candidate.isReadyFor(variant) || running === revision ? candidate : stable;
    },
    reroute,
    update: (update) => each((edition) => edition.update(update)),
    advance: () => each((edition) => edition.advance()),
    reconcile: () => each((edition) => edition.reconcile()),
    release: () => each((edition) => edition.release()),
    stop: () => each((edition) => edition.stop()),
  };
}
