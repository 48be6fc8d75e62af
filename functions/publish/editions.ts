import { hashIntent, type Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { Member } from '../rollout/member.ts';
import type { Question, Variant } from './publication.ts';
import type { RendererProcess } from '../renderer/process.ts';
import type { Moving, Selection } from './channel.ts';
import type { Edition } from './edition.ts';

export interface EditionsOptions {
  /** An edition without an intent. */
  readonly create: (onFirst: () => void) => Edition;
  /** An edition is ready for another variant. */
  readonly onFirst: () => void;
  /** Whether a proxy is to run the candidate. */
  readonly admits: (proxy: Member) => boolean;
}

/** What is served, and beside it, in a rollout, the candidate: each with today's endpoints. */
export interface Editions {
  stable(): Edition;
  /** The one that is given to proxies, or is going to be. */
  candidate(): Edition | undefined;
  /** Serves another intent: the one of the candidate goes on in its renderer. Gives the renderer that is left over. */
  serve(intent: Intent, ready?: RendererProcess): RendererProcess | undefined;
  /** Makes another candidate ready, or none, until `settle`. Gives the renderer that is left over. */
  stage(intent: Intent | undefined, ready?: RendererProcess): RendererProcess | undefined;
  /** Whether what was staged can be given to all who wait, or cannot be rendered. */
  isSettled(): boolean;
  /** What was staged is given from now on. */
  settle(): void;
  /** The one that a poller is to be answered from. */
  choose(question: Question): Edition;
  /** What is kept of a mass loss has changed. */
  review(): void;
  /** Tells these of those who wait what holds now. */
  dismiss(which: Selection): void;
  /** Whoever waits at another edition than is meant for him by now goes on there. */
  move(): void;
  /** All that is rendered holds for a later position, too. */
  advance(): void;
  update(update: PackedUpdate): void;
  reconcile(): void;
  release(overMs: number): void;
  stop(): void;
}

export function createEditions({ create, onFirst, admits }: EditionsOptions): Editions {
  let stable = create(onFirst);
  let candidate: Edition | undefined;
  /** Not given to anybody yet. */
  let staged: Edition | 'none' | undefined;
  /** Whoever waits at these is to go on elsewhere. */
  let ended: Edition[] = [];

  const isMeant = (proxy: Member | undefined) => proxy !== undefined && admits(proxy);
  const stagedEdition = () => (staged === 'none' ? undefined : staged);

  function each(act: (edition: Edition) => void): void {
    for (const edition of [stable, candidate, stagedEdition()]) if (edition) act(edition);
  }

  function advance(): void {
    each((edition) => edition.advance());
  }

  /** Many at once: they are answered in slices. */
  function bring(variant: Variant, moving: readonly Moving[]): void {
    const isForCandidate = ({ proxy }: Moving) => editionFor(proxy, variant) === candidate;
    candidate?.join(variant, moving.filter(isForCandidate));
    stable.join(
      variant,
      moving.filter((question) => !isForCandidate(question)),
    );
  }

  /** Whoever is on the way is answered by neither: where he is moved to has come to the position of now. */
  function move(): void {
    const leaving = [stable, ...(candidate ? [candidate] : []), ...ended].map((edition) => {
      const isOther = (proxy: Member | undefined, variant: Variant) =>
        editionFor(proxy, variant) !== edition;
      return edition.part(isOther);
    });
    advance();
    for (const [variant, moving] of leaving.flatMap((parted) => [...parted]))
      bring(variant, moving);
    for (const edition of ended) edition.stop();
    ended = [];
  }

  function editionFor(proxy: Member | undefined, variant: Variant): Edition {
    return candidate && isMeant(proxy) && candidate.isReadyFor(variant) ? candidate : stable;
  }

  return {
    stable: () => stable,
    candidate: () => stagedEdition() ?? candidate,
    serve(intent, ready) {
      const hash = hashIntent(intent);
      const known = [candidate, stagedEdition()].find((edition) => edition?.revision() === hash);
      if (!known) return stable.turn(intent, ready);
      ended.push(stable);
      stable = known;
      if (known === candidate) candidate = undefined;
      else staged = undefined;
      return ready;
    },
    stage(intent, ready) {
      const hash = intent && hashIntent(intent);
      const isThere = (staged ? stagedEdition() : candidate)?.revision() === hash;
      if (isThere) return ready;
      stagedEdition()?.stop();
      staged = intent ? create(onFirst) : 'none';
      if (intent) stagedEdition()?.turn(intent, ready);
      return undefined;
    },
    isSettled() {
      const edition = stagedEdition();
      const isOut = ({ variant }: { variant: Variant }) => {
        if (edition?.isReadyFor(variant)) return true;
        return edition?.find(variant)?.status().failure !== undefined;
      };
      return !edition || stable.channels().every(isOut);
    },
    settle() {
      if (!staged) return;
      if (candidate) ended.push(candidate);
      candidate = stagedEdition();
      staged = undefined;
    },
    choose({ proxy, running, refused, variant }) {
      if (!candidate || !isMeant(proxy)) return stable;
      const revision = candidate.revision();
      if (refused?.revision === revision) return stable;
      // Whoever runs it already waits for it, rather than to be taken back for a moment.
      return candidate.isReadyFor(variant) || running === revision ? candidate : stable;
    },
    dismiss: (which) => each((edition) => edition.dismiss(which)),
    move,
    advance,
    update: (update) => each((edition) => edition.update(update)),
    review: () => each((edition) => edition.review()),
    reconcile: () => each((edition) => edition.reconcile()),
    release: (overMs) => each((edition) => edition.release(overMs)),
    stop: () => each((edition) => edition.stop()),
  };
}
