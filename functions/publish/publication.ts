import type { DeliveredLine, Diagnostic } from '../core/diagnostics.ts';
import type { Explained, ExplainQuestion } from '../core/origin/explain.ts';
import type { GateStatus } from '../intent/status.ts';
import type { Member } from '../rollout/member.ts';
import type { RolloutStatus } from '../rollout/status.ts';
import type { AsOf } from '../wire/as-of.ts';

/** What may differ between pollers: the paths beside their HAProxy, and the parameters that the settings allow. */
export interface Variant {
  readonly sslDir: string;
  readonly filesDir: string;
  /** Sorted by name. */
  readonly params: Readonly<Record<string, string>>;
}

/** What makes one bundle out of another, made ready to be sent. */
export interface Patch {
  /** The hash of the other one. */
  readonly base: string;
  /** As JSON. */
  readonly bytes: Uint8Array;
  /** Where it is long enough. */
  readonly gzip?: Uint8Array;
}

/** One bundle, made ready to be sent to any number of pollers. */
export interface Publication {
  readonly etag: string;
  /** haproxy.cfg alone, for `GET /haproxy.cfg`. */
  readonly config: string;
  /** The bundle as JSON. */
  readonly json: Uint8Array;
  /** The same, gzipped: made once a bundle, when first asked for; from then on given at once. */
  gzip(): Uint8Array | Promise<Uint8Array>;
  /** What makes it out of the bundle of this hash, where that is known and worth it. */
  patch(etag: string): Patch | undefined;
  readonly publishedAt: Date;
}

/** Why there is nothing to serve, for a 503: before the first sync, or while an object is missing. */
export interface NotReady {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export type Answer =
  /** A bundle with another hash than the poller's. `failure` says that newer input does not render: this is the last good. */
  | {
      readonly kind: 'bundle';
      readonly publication: Publication;
      readonly asOf: AsOf;
      /** The hash of the intent that it was rendered from. */
      readonly revision: string;
      /** That of the intent that the poller refuses, where this is an earlier one in its place. */
      readonly insteadOf?: string;
      readonly failure?: Diagnostic;
    }
  /** The poller has the newest hash, proven for at least its own position. */
  | {
      readonly kind: 'same';
      readonly etag: string;
      readonly asOf: AsOf;
      readonly revision: string;
      readonly insteadOf?: string;
      readonly failure?: Diagnostic;
    }
  | { readonly kind: 'not-ready'; readonly reason: NotReady }
  /** This replica has not yet seen what the poller has: the poller should dial another. */
  | { readonly kind: 'behind' }
  | { readonly kind: 'too-many-variants'; readonly limit: number };

/** Which hashes a poller already has. `any`: whatever there is. */
export type Known =
  | { readonly kind: 'none' }
  | { readonly kind: 'any' }
  | { readonly kind: 'these'; readonly etags: readonly string[] };

/** A revision that a poller's HAProxy refuses. */
export interface Refused {
  readonly revision: string;
  /** The one that it runs; undefined where it runs none yet. */
  readonly running?: string;
  /** In HAProxy's words, or the reloader's. */
  readonly reason?: string;
  /** What its `haproxy -c` says of the configuration itself, as `formatToldAlerts` wrote it; lines are in it: never logged. */
  readonly alerts?: string;
}

/** A revision that is rendered for proxies that refuse the one that is served. */
export interface EarlierStatus {
  readonly revision: string;
  readonly waiting: number;
}

export interface Question {
  readonly variant: Variant;
  /** Who asks, where that is known. */
  readonly proxy?: Member | undefined;
  /** The hashes that the poller has (without quotes). */
  readonly known: Known;
  /** Whether it takes what makes the new bundle out of one that it has. */
  readonly takesPatch?: boolean | undefined;
  /** The revision that its HAProxy runs, where it says so. */
  readonly running?: string | undefined;
  /** The position of the newest bundle that the poller has taken. */
  readonly seen?: AsOf | undefined;
  /** Not wanted now: an earlier one in its place. */
  readonly refused?: Refused | undefined;
  /** How long the answer may wait for a change, in milliseconds; 0: not at all. */
  readonly waitMs: number;
  /** The answer comes within so many milliseconds, whatever else it may be worth to wait for. */
  readonly maxMs?: number | undefined;
}

/** A question that is answered later. */
export interface HeldQuestion {
  readonly kind: 'held';
  /** For a poller that has gone away: there will be no answer. */
  cancel(): void;
}

/** Called once, with the answer of a held question. */
export type Settle = (answer: Answer) => void;

export interface VariantStatus {
  readonly variant: Variant;
  readonly etag?: string;
  /** haproxy.cfg, to be looked at and never shown. */
  readonly config?: string;
  readonly publishedAt?: Date;
  /** Bytes of the bundle as JSON. */
  readonly size?: number;
  readonly waiting: number;
  readonly failure?: Diagnostic;
}

export interface PublisherStatus {
  readonly isReady: boolean;
  readonly notReady?: NotReady;
  readonly asOf: AsOf;
  readonly variants: readonly VariantStatus[];
  /** Everything that is wrong with the inputs, sorted by place. */
  readonly diagnostics: readonly Diagnostic[];
  readonly certificates: readonly CertificateStatus[];
  /** Which intent is served, and what of the newest is not. */
  readonly intent: GateStatus;
  /** How a newer revision reaches the proxies in steps, where that is so. */
  readonly rollout?: RolloutStatus | undefined;
  /** Absent while none is held. */
  readonly massLoss?: MassLossStatus | undefined;
  /** Revisions that are rendered for proxies that refuse that one. */
  readonly earlier: readonly EarlierStatus[];
}

/** A mass loss of servers that is held. Times are in milliseconds since the epoch. */
export interface MassLossStatus {
  readonly since: number;
  readonly until: number;
  /** Servers that are lost still, of how many. */
  readonly lost: number;
  readonly of: number;
  /** Those that are kept as they were. */
  readonly kept: number;
  /** How many are not kept, by reason. */
  readonly letGo: Readonly<Record<string, number>>;
}

export interface CertificateStatus {
  readonly name: string;
  /** Subject and alternative names that it is for, sorted. */
  readonly hostnames: readonly string[];
  /** Milliseconds since the epoch at which the first certificate of its chain expires. */
  readonly expiresAt: number;
  readonly fingerprint256: string;
}

/** What a render came to, for metrics. */
export interface RenderEvent {
  readonly outcome: 'changed' | 'same' | 'failed' | 'killed';
  readonly seconds: number;
}

/** What proxies tell of themselves while a revision reaches them in steps. */
export interface EvidenceCollector {
  /** Takes the header X-Evidence of a poll. */
  note(proxy: Member, header: string | undefined): void;
  /** Over how many seconds a proxy is to count, where it is to tell. */
  windowOf(proxy: Member): number | undefined;
}

/** Answers pollers, and renders a snapshot once however many wait for it. */
export interface Publisher {
  /** The line that a proxy's refusal is about, where it is known. */
  complaint?(refused: Pick<Refused, 'revision' | 'reason'>): DeliveredLine | undefined;
  /** Answers, or holds the question: then the answer goes to `settle`, later. */
  ask(question: Question, settle: Settle): Answer | HeldQuestion;
  /** Absent where revisions reach all proxies at once. */
  readonly evidence?: EvidenceCollector | undefined;
  status(): PublisherStatus;
  /** `GET /snapshot`: what the template sees, without secrets, as JSON; undefined before the first sync. */
  snapshot(variant: Variant): Uint8Array | undefined;
  /** Resolves all held questions (shutdown), spread over so many milliseconds: each is told what holds then. */
  release(overMs: number): void;
}

/** `POST /render`: renders a snapshot from a request, apart from everything that is being served. */
export type RenderOnce = (request: {
  readonly body: string;
  readonly variant: Variant;
  readonly signal: AbortSignal;
}) => Promise<RenderedOnce>;

export type RenderedOnce =
  | {
      readonly kind: 'rendered';
      readonly etag: string;
      readonly config: string;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] };

/** What somebody wants to know of a configuration. */
export interface Asked {
  readonly variant: Variant;
  /**
   * By number or by the beginning of its hash; or the hash of what is served now, in whichever variant that is. Absent:
   * the revision that is served.
   */
  readonly revision?: string | undefined;
  readonly question: ExplainQuestion;
}

export type ExplainAnswer =
  | {
      readonly kind: 'explained';
      readonly revision: string;
      /** The hash of the bundle that this is of. */
      readonly etag: string;
      readonly variant: Variant;
      /** The password of the statistics page is taken out. */
      readonly explained: Explained;
      /** The names of certificates that are delivered with it. */
      readonly certificates: readonly string[];
    }
  | { readonly kind: 'not-ready'; readonly reason: NotReady }
  | { readonly kind: 'unknown'; readonly message: string }
  | { readonly kind: 'failed'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'busy' };

/** Tells where lines of a configuration come from. */
export type Explain = (asked: Asked) => Promise<ExplainAnswer>;
