import { hashIntent, type Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { History, KeptRevision, Revision } from '../core/revision.ts';
import type { EarlierStatus, Refused, Variant } from './publication.ts';
import type { Log } from '../wire/log.ts';
import type { Edition } from './edition.ts';

export interface EarlierOptions {
  readonly history: Pick<History, 'list' | 'mark' | 'restore'>;
  /** An edition without an intent, whose first variant is this one. */
  readonly create: (variant: Variant) => Edition;
  /** Other revisions are rendered than before. */
  readonly onOther: () => void;
  readonly log: Log;
  readonly now?: () => number;
}

/**
 * Editions of earlier revisions, for proxies whose HAProxy refuses the one that is served: on the revision that they
 * last ran they get today's endpoints all the same.
 */
export interface Earlier {
  /** Keeps an intent at hand that was served here. */
  remember(intent: Intent): void;
  /** Undefined where it is not known which revision to give, or as many are rendered as may be. */
  open(refused: Refused, variant: Variant): Edition | undefined;
  /** Endpoints have changed. */
  update(update: PackedUpdate): void;
  review(): void;
  advance(): void;
  /** Another revision is served: whoever waits here is to ask again, for it may be the one that he takes. */
  dismiss(): void;
  reconcile(): void;
  release(overMs: number): void;
  status(): readonly EarlierStatus[];
  editions(): readonly Edition[];
  /** The hashes of what is rendered. */
  revisions(): ReadonlySet<string>;
  stop(): void;
}

interface Kept {
  readonly edition: Edition;
  /** What it renders, once that is known. */
  revision?: Revision;
  usedAt: number;
  /** When it was noted, for other replicas, that a proxy needs it. */
  notedAt?: number;
}

/** Each is a process that holds all endpoints. */
const MOST_EDITIONS = 3;
const MOST_SERVED = 5;
/** An edition that nobody has asked for in so long is let go. */
const IDLE_MS = 600_000;
/** A revision that is not in the history is not looked for again in so long. */
const UNKNOWN_MS = 60_000;
/** Nor is a history that cannot be read asked again sooner than this. */
const UNREAD_MS = 1_000;
/** That a revision is needed is noted again after so long, which is well below what it then is spared for. */
const NOTE_MS = 3_600_000;
/** Where it could not be, it is tried again after so long: until then, the revision may be pruned. */
const NOTE_AGAIN_MS = 5_000;

/** What it last ran; for one that has run nothing yet, the revision before the one that it refuses. */
function choose(
  revisions: readonly KeptRevision[],
  { revision, running }: Refused,
): Revision | undefined {
  if (running !== undefined) return revisions.find(({ hash }) => hash === running);
  const at = revisions.findIndex(({ hash }) => hash === revision);
  return revisions[at < 0 ? revisions.length - 1 : at - 1];
}

export function createEarlier(options: EarlierOptions): Earlier {
  const { history, create, onOther, log, now = Date.now } = options;
  const editions = new Map<string, Kept>();
  const served = new Map<string, Revision>();
  /** Until when they are not looked for again. */
  const unknown = new Map<string, number>();

  function forget(key: string): void {
    const kept = editions.get(key);
    editions.delete(key);
    kept?.edition.release();
    kept?.edition.stop();
    if (kept) onOther();
  }

  function turn(kept: Kept, revision: Revision): void {
    kept.revision = revision;
    kept.edition.turn(revision.intent);
    onOther();
  }

  async function load(key: string, refused: Refused): Promise<void> {
    const { revision, running } = refused;
    let retryMs = UNKNOWN_MS;
    try {
      const found = choose(await history.list(), refused);
      const kept = editions.get(key);
      if (found && kept) {
        turn(kept, found);
        note(kept);
      }
      if (found) return;
      log.warn('revision of a proxy not found in the history', { revision, running });
    } catch (error) {
      log.warn('cannot read an earlier revision', { revision, running, error });
      retryMs = UNREAD_MS;
    }
    unknown.set(key, now() + retryMs);
    forget(key);
  }

  /** One that has been pruned since it was served, before anybody could refuse what came next, is kept anew. */
  async function tell(revision: Revision): Promise<void> {
    const marks = { neededAt: new Date(now()).toISOString() };
    if (!(await history.mark(revision.hash, marks))) await history.restore(revision, marks);
  }

  /** What this replica knows of its pollers is lost with it, and never was known to the others. */
  function note(kept: Kept): void {
    const isNoted = kept.notedAt !== undefined && now() - kept.notedAt < NOTE_MS;
    const { revision } = kept;
    if (isNoted || !revision) return;
    kept.notedAt = now();
    tell(revision).catch((error: unknown) => {
      log.warn('cannot record that a proxy needs a revision', { revision: revision.hash, error });
      kept.notedAt = now() - NOTE_MS + NOTE_AGAIN_MS;
    });
  }

  function forgetOld(): void {
    for (const [key, { usedAt }] of editions) if (now() - usedAt > IDLE_MS) forget(key);
    for (const [key, until] of unknown) if (until <= now()) unknown.delete(key);
  }

  function mayAdd(key: string): boolean {
    forgetOld();
    return editions.size < MOST_EDITIONS && !unknown.has(key);
  }

  function add(key: string, refused: Refused, variant: Variant): Kept {
    const { alerts: _, ...shown } = refused;
    const kept: Kept = { edition: create(variant), usedAt: now() };
    editions.set(key, kept);
    const known = refused.running === undefined ? undefined : served.get(refused.running);
    log.info('rendering an earlier revision for proxies that refuse the newest', shown);
    if (known) turn(kept, known);
    else void load(key, refused);
    return kept;
  }

  const each = (act: (edition: Edition) => void) => {
    for (const { edition } of editions.values()) act(edition);
  };

  return {
    remember(intent) {
      const hash = hashIntent(intent);
      const at = served.get(hash)?.at ?? new Date(now()).toISOString();
      served.delete(hash);
      served.set(hash, { hash, intent, at, by: [], held: [] });
      const [oldest] = served.keys();
      if (served.size > MOST_SERVED && oldest !== undefined) served.delete(oldest);
    },
    open(refused, variant) {
      const key = refused.running ?? `before ${refused.revision}`;
      const known = editions.get(key);
      if (!known && !mayAdd(key)) return undefined;
      const kept = known ?? add(key, refused, variant);
      kept.usedAt = now();
      note(kept);
      kept.edition.standIn(refused.revision);
      return kept.edition;
    },
    update(update) {
      forgetOld();
      each((edition) => edition.update(update));
    },
    review: () => each((edition) => edition.review()),
    advance: () => each((edition) => edition.advance()),
    dismiss: () => each((edition) => edition.dismiss()),
    reconcile: () => each((edition) => edition.reconcile()),
    release: (overMs) => each((edition) => edition.release(overMs)),
    status: () =>
      [...editions.values()]
        .filter(({ edition }) => edition.intent() !== undefined)
        .map(({ edition }) => ({
          revision: edition.revision(),
          waiting: edition.channels().reduce((sum, channel) => sum + channel.status().waiting, 0),
        })),
    editions: () => [...editions.values()].map(({ edition }) => edition),
    revisions: () => new Set([...editions.values()].map(({ edition }) => edition.revision())),
    stop: () => each((edition) => edition.stop()),
  };
}
