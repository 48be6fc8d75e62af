import type { Variant } from './publication.ts';
import { type Channel, createChannel } from './channel.ts';

/** The channels of all variants that pollers ask for, bounded in number. */
export interface Channels {
  /** The variant's channel, new or known; undefined where there are too many that are in use. */
  open(variant: Variant): { readonly channel: Channel; readonly isNew: boolean } | undefined;
  /** The variant's channel, if pollers have asked for it. */
  find(variant: Variant): Channel | undefined;
  all(): readonly Channel[];
}

export interface ChannelsOptions {
  /** The variant whose channel is always there. */
  readonly first: Variant;
  readonly limit: number;
  /** See `LAG_MS` of a channel. */
  readonly lagMs?: number | undefined;
  readonly now?: () => number;
}

/** An unused channel makes room for another variant after so long. */
const IDLE_MS = 300_000;

const keys = new WeakMap<Variant, string>();

/** Equal parameters in any order are one variant. */
function keyOf(variant: Variant): string {
  const known = keys.get(variant);
  if (known !== undefined) return known;
  const { sslDir, filesDir, params } = variant;
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([sslDir, filesDir, sorted]);
  keys.set(variant, key);
  return key;
}

/** Channels, of which the first (the default variant's) is always there. */
export function createChannels(options: ChannelsOptions): Channels {
  const { first, limit, lagMs, now = Date.now } = options;
  const known = new Map([[keyOf(first), { channel: createChannel(first, lagMs), usedAt: now() }]]);

  /** The longest unused of those that nobody needs. */
  function makeRoom(): void {
    const [, ...others] = known;
    const idle = others
      .filter(([, { channel, usedAt }]) => channel.isIdle() && now() - usedAt > IDLE_MS)
      .sort(([, a], [, b]) => a.usedAt - b.usedAt);
    const oldest = idle[0];
    if (oldest) known.delete(oldest[0]);
  }

  return {
    open(variant) {
      const key = keyOf(variant);
      const entry = known.get(key);
      if (entry) {
        entry.usedAt = now();
        return { channel: entry.channel, isNew: false };
      }
      if (known.size >= limit) makeRoom();
      if (known.size >= limit) return undefined;
      const channel = createChannel(variant, lagMs);
      known.set(key, { channel, usedAt: now() });
      return { channel, isNew: true };
    },
    find: (variant) => known.get(keyOf(variant))?.channel,
    all: () => [...known.values()].map(({ channel }) => channel),
  };
}
