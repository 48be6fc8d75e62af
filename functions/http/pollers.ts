import type { Facts } from './exchange.ts';

/** What a reloader says of itself with each poll. All of it is the client's word, cleaned and cut. */
export interface Poller {
  readonly name: string;
  readonly address: string;
  /** The variant that it polls for, as text. */
  readonly variant: string;
  readonly agent?: string;
  /** The version of its HAProxy. */
  readonly haproxy?: string;
  /** The hash that its HAProxy runs. */
  readonly running?: string;
  /** A hash that its HAProxy refused, and why. */
  readonly refused?: { readonly etag: string; readonly reason: string };
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
}

/** The reloaders that poll this replica. */
export interface Pollers {
  /** Remembers a poll, where its client gives a name by the header X-Proxy-Name. */
  see(facts: Facts, variant: string): void;
  /** Those seen lately, sorted by name. */
  list(): readonly Poller[];
}

/** A poller that was not seen for this long is forgotten: twice the longest wait. */
const FORGET_MS = 600_000;
const MAX_POLLERS = 20_000;

/** Text from a client, fit to be shown: printable ASCII, cut to a length. */
function clean(text: string | undefined, length: number): string | undefined {
  const shown = text?.replace(/[^\x20-\x7e]/g, '?').trim();
  return shown ? shown.slice(0, length) : undefined;
}

function readPoller(facts: Facts, variant: string, now: number): Poller | undefined {
  const { headers } = facts;
  const name = clean(headers['x-proxy-name'], 253);
  if (name === undefined) return undefined;
  const agent = clean(headers['user-agent'], 100);
  const haproxy = clean(headers['x-haproxy-version'], 40);
  const running = clean(headers['x-running-hash'], 80);
  const refused = clean(headers['x-refused-hash'], 80);
  const reason = clean(headers['x-refused-reason'], 1000) ?? 'no reason given';
  return {
    name,
    address: facts.peer,
    variant,
    ...(agent === undefined ? {} : { agent }),
    ...(haproxy === undefined ? {} : { haproxy }),
    ...(running === undefined ? {} : { running }),
    ...(refused === undefined ? {} : { refused: { etag: refused, reason } }),
    seenAt: now,
  };
}

/** A registry of pollers, bounded in number (the longest unseen go first) and in age. */
export function createPollers(options: {
  readonly now: () => number;
  readonly max?: number;
}): Pollers {
  const { now, max = MAX_POLLERS } = options;
  const known = new Map<string, Poller>();
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
    see(facts, variant) {
      const poller = readPoller(facts, variant, now());
      if (poller === undefined) return;
      known.set(poller.name, poller);
      if (known.size > max) makeRoom();
    },
    list() {
      forgetOld();
      return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
