import type { SeenProxy } from '../rollout/convergence.ts';
import { BY_STREAM, EVIDENCE_HEADER, MOST_EVIDENCE } from '../wire/evidence.ts';
import { parseRevision, REFUSED_HEADER, RUNNING_HEADER } from '../wire/revision.ts';
import type { Facts } from './exchange.ts';
import { Problem } from './problem.ts';

/** What a reloader says of itself with each poll. All of it is the client's word, cleaned and cut. */
export interface Poller extends SeenProxy {
  readonly address: string;
  /** The variant that it polls for, as text. */
  readonly variant: string;
  readonly agent?: string | undefined;
  /** The version of its HAProxy. */
  readonly haproxy?: string | undefined;
  /** The hash that its HAProxy runs. */
  readonly running?: string | undefined;
  /** Since when that is so, and since when it runs its revision, as far as was seen here: milliseconds since the epoch. */
  readonly runningSince?: number | undefined;
  readonly revisionSince?: number | undefined;
  /** A hash that its HAProxy refused, and why. */
  readonly refused?:
    | {
        readonly etag: string;
        readonly revision?: string | undefined;
        readonly reason: string;
        /** Since when it refuses that, as far as was seen here. */
        readonly since: number;
      }
    | undefined;
  /** What it counted last, while a revision reaches the proxies in steps: as its header X-Evidence has it. */
  readonly told?: { readonly evidence: string; readonly at: number } | undefined;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
}

/** The reloaders that poll this replica. */
export interface Pollers {
  /**
   * Remembers a poll, where its client gives a name by the header X-Proxy-Name: whose it is.
   *
   * @throws Problem `foreign-name`
   */
  see(
    facts: Facts,
    asked: { readonly variant: string; readonly fleet: string },
  ): (Poller & Polling) | undefined;
  /** Takes evidence that came otherwise than with a poll: of a poller that is known. */
  hear(name: string, evidence: string): void;
  /** Those seen lately, in no order. */
  all(): Iterable<Poller>;
  /** The same, sorted by name. */
  list(): readonly Poller[];
}

/** A poller that was not seen for this long is forgotten: twice the longest wait. */
const FORGET_MS = 600_000;
const MAX_POLLERS = 20_000;

/** Most of what comes is so as it is: thousands say it again with each poll. */
const FIT = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Text from a client, fit to be shown: printable ASCII, cut to a length. */
function clean(text: string | undefined, length: number): string | undefined {
  if (text === undefined || (text.length <= length && FIT.test(text))) return text;
  const shown = text.replace(/[^\x20-\x7e]/g, '?').trim();
  return shown ? shown.slice(0, length) : undefined;
}

/** What a poll that is held tells of its poller. */
export interface Polling {
  /** A poll is held, or is no more. */
  hold(isHeld: boolean): void;
}

/** A poller, seen again and again: one object for all of its polls. */
class Seen implements Poller, Polling {
  readonly name: string;
  address = '';
  variant = '';
  fleet = '';
  agent: string | undefined;
  haproxy: string | undefined;
  running: string | undefined;
  runningSince: number | undefined;
  revision: string | undefined;
  revisionSince: number | undefined;
  told: Poller['told'];
  refused: Poller['refused'];
  seenAt = 0;
  sightedAt = 0;
  /** Polls that are held now. */
  #polls = 0;

  constructor(name: string) {
    this.name = name;
  }

  get isPolling(): boolean {
    return this.#polls > 0;
  }

  hold(isHeld: boolean): void {
    this.#polls += isHeld ? 1 : -1;
    this.sightedAt = performance.now();
  }

  run(running: string | undefined, revision: string | undefined, now: number): void {
    if (running !== this.running) this.runningSince = running === undefined ? undefined : now;
    if (revision !== this.revision) this.revisionSince = revision === undefined ? undefined : now;
    this.running = running;
    this.revision = revision;
  }

  hear(evidence: string, now: number): void {
    if (evidence.length <= MOST_EVIDENCE) this.told = { evidence, at: now };
  }

  take({ headers, peer }: Facts, asked: { variant: string; fleet: string }, now: number): void {
    this.address = peer;
    this.variant = asked.variant;
    this.fleet = asked.fleet;
    this.agent = clean(headers['user-agent'], 100);
    this.haproxy = clean(headers['x-haproxy-version'], 40);
    this.run(clean(headers['x-running-hash'], 80), parseRevision(headers[RUNNING_HEADER]), now);
    const evidence = headers[EVIDENCE_HEADER];
    if (evidence !== undefined && evidence !== BY_STREAM) this.hear(evidence, now);
    const etag = clean(headers['x-refused-hash'], 80);
    const reason = clean(headers['x-refused-reason'], 1000) ?? 'no reason given';
    const revision = parseRevision(headers[REFUSED_HEADER]);
    const since = etag === this.refused?.etag ? (this.refused?.since ?? now) : now;
    this.refused =
      etag === undefined ? undefined : { etag, reason, ...(revision && { revision }), since };
    this.seenAt = now;
    this.sightedAt = performance.now();
  }
}

/**
 * The name of a proxy. Where a client proves who it is, its word is not enough.
 *
 * @throws Problem `foreign-name`
 */
export function nameOf({ headers, proven = [] }: Facts): string | undefined {
  const given = clean(headers['x-proxy-name'], 253);
  const [own] = proven;
  if (given === undefined || own === undefined) return given;
  if (proven.includes(given)) return own;
  throw new Problem({
    code: 'foreign-name',
    detail: `the client is ${proven.join(' on ')} by its proof, but calls itself ${given}`,
  });
}

/** A registry of pollers, bounded in number (the longest unseen go first) and in age. */
export function createPollers(options: {
  readonly now: () => number;
  readonly max?: number;
}): Pollers {
  const { now, max = MAX_POLLERS } = options;
  const known = new Map<string, Seen>();
  const forgetOld = () => {
    const oldest = now() - FORGET_MS;
    for (const [name, { seenAt }] of known) if (seenAt <= oldest) known.delete(name);
  };
  /** Several at once, since to find them takes a look at all. */
  const makeRoom = () => {
    forgetOld();
    if (known.size <= max) return;
    const bySight = [...known.values()].sort((a, b) => a.seenAt - b.seenAt);
    const surplus = known.size - max + Math.floor(max / 20);
    for (const { name } of bySight.slice(0, surplus)) known.delete(name);
  };
  return {
    see(facts, asked) {
      const name = nameOf(facts);
      if (name === undefined) return undefined;
      const poller = known.get(name) ?? new Seen(name);
      poller.take(facts, asked, now());
      known.set(name, poller);
      if (known.size > max) makeRoom();
      return poller;
    },
    hear(name, evidence) {
      known.get(name)?.hear(evidence, now());
    },
    all() {
      forgetOld();
      return known.values();
    },
    list() {
      forgetOld();
      return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
