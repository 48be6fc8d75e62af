import { shortHash } from '../core/revision.ts';
import type { Poller } from '../http/pollers.ts';
import { type Evidence, parseEvidence } from '../wire/evidence.ts';

/** How a proxy is: trouble first. */
export const STATES = ['refuses', 'lags', 'runs the newest'] as const;
export type ProxyState = (typeof STATES)[number];

export interface FleetQuery {
  /** What the words of a proxy are to have, whatever their case; empty: any. */
  readonly text: string;
  /** How many are passed over. */
  readonly from: number;
  readonly most: number;
}

export interface RankedProxy {
  readonly poller: Poller;
  readonly state: ProxyState;
  /** Whether it runs what this replica has for it now: one that refuses something else may. */
  readonly isConverged: boolean;
}

/** A part of the fleet, trouble first, else by name. */
export interface RankedFleet {
  readonly proxies: readonly RankedProxy[];
  /** All that the question is about. */
  readonly found: number;
}

function matches({ poller, state }: RankedProxy, words: readonly string[]): boolean {
  const { name, address, variant, haproxy = '', running = '', revision = '', refused } = poller;
  const short = [running, revision].map((hash) => hash.replace(/^sha256:/, ''));
  const text = [name, address, variant, haproxy, state, ...short, refused?.reason ?? '']
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

function look(poller: Poller, isConverged: boolean): RankedProxy {
  const calm = isConverged ? 'runs the newest' : 'lags';
  return { poller, isConverged, state: poller.refused === undefined ? calm : 'refuses' };
}

/** Those that a question is about: looked at all together, however many there are, and sorted as far as is shown. */
export function rankFleet(
  pollers: Iterable<Poller>,
  isConverged: (poller: Poller) => boolean,
  { text, from, most }: FleetQuery,
): RankedFleet {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const ranks = new Map<ProxyState, RankedProxy[]>(STATES.map((state) => [state, []]));
  let found = 0;
  for (const poller of pollers) {
    const proxy = look(poller, isConverged(poller));
    if (words.length > 0 && !matches(proxy, words)) continue;
    ranks.get(proxy.state)?.push(proxy);
    found += 1;
  }
  const proxies: RankedProxy[] = [];
  let passed = 0;
  for (const rank of ranks.values()) {
    const [start, end] = [Math.max(0, from - passed), from + most - passed];
    passed += rank.length;
    if (start >= rank.length || end <= 0) continue;
    rank.sort((a, b) => (a.poller.name < b.poller.name ? -1 : 1));
    proxies.push(...rank.slice(start, end));
  }
  return { proxies, found };
}

/** Older evidence is of a rollout that is over, in milliseconds. */
const FRESH_MS = 300_000;

/** What a proxy's HAProxy counted last, where that is of now. */
export function evidenceOf({ told }: Poller, now: number): Evidence | undefined {
  return told && now - told.at <= FRESH_MS ? parseEvidence(told.evidence) : undefined;
}

/** A hash in a cell. */
export const hashText = (hash: string | undefined): string =>
  hash === undefined ? '' : hash.startsWith('sha256:') ? shortHash(hash) : hash.slice(0, 12);
