import { isIntentFeed } from '../core/inputs/input.ts';
import type { Intent } from '../core/intent.ts';
import type { Rollout } from '../core/rollout.ts';
import type { AsOf } from '../wire/as-of.ts';

/** What has come from a source, as far as it bears on where it stands. */
export interface Arrived {
  readonly asOf: AsOf;
  /** The intent, where it differs from before. */
  readonly intent: Intent | undefined;
  readonly rollout: Rollout | undefined;
}

/**
 * How far what is served has come. While an intent is not judged, that is no further than the one that is served; the
 * same goes for what people steer the fleet to.
 */
export interface Standing {
  take(arrived: Arrived): void;
  /** See `Store`. */
  serve(from: Intent | undefined): void;
  judged(): void;
  follow(rollout: Rollout | undefined): void;
  now(): AsOf;
  /** The part of it that the rollout is: it holds as soon as it is followed, whatever is rendered meanwhile. */
  ofRollout(): AsOf;
}

const ZERO = { lo: '0', hi: '0' };

const partOf = (asOf: AsOf, isIn: (collection: string) => boolean): AsOf =>
  Object.fromEntries(Object.entries(asOf).filter(([collection]) => isIn(collection)));

/** That of the configuration of one namespace. */
export function createStanding(namespace: string): Standing {
  const nameOf = (name: string) => `configmaps/${namespace}.${name}`;
  const ofIntent = ['services', 'config'].map(nameOf);
  const ofRollout = nameOf('rollout');
  const isOfIntent = (collection: string) =>
    ofIntent.includes(collection) || isIntentFeed(collection);
  const isOfRollout = (collection: string) => collection === ofRollout;
  /** Before anything that anybody has seen. */
  const nowhere = (): AsOf => {
    const all = new Set([...ofIntent, ...Object.keys(read).filter(isOfIntent)]);
    return Object.fromEntries([...all].map((collection) => [collection, ZERO]));
  };
  /** How far the source has come, intent that is not judged yet included. */
  let read: AsOf = {};
  let isJudged = true;
  let isFollowed = true;
  let servedAt: AsOf = {};
  let followedAt: AsOf = { [ofRollout]: ZERO };
  let newest: Intent = {};
  let rollout: Rollout | undefined;
  /** Where the source stood as it delivered them. */
  const arrivals = new WeakMap<Intent | Rollout, AsOf>();

  const steered = () => (isFollowed ? partOf(read, isOfRollout) : followedAt);

  return {
    ofRollout: steered,
    take({ asOf, intent, rollout: delivered }) {
      if (isJudged) servedAt = partOf(read, isOfIntent);
      if (isFollowed) followedAt = { ...followedAt, ...partOf(read, isOfRollout) };
      read = asOf;
      if (delivered) {
        isFollowed = false;
        rollout = delivered;
        arrivals.set(rollout, partOf(read, isOfRollout));
      }
      if (intent) {
        isJudged = false;
        newest = intent;
      }
      if (!isJudged) arrivals.set(newest, partOf(read, isOfIntent));
    },
    serve(from) {
      servedAt = from ? (arrivals.get(from) ?? servedAt) : nowhere();
      isJudged &&= from !== undefined;
    },
    judged() {
      isJudged = true;
    },
    follow(followed) {
      const { version } = followed ?? {};
      // One that was read or written here comes later as it is delivered.
      const at = version ? { [ofRollout]: { lo: version, hi: version } } : followedAt;
      followedAt = (followed && arrivals.get(followed)) ?? at;
      const isSame = version !== undefined && version === rollout?.version;
      isFollowed = rollout === undefined || followed === rollout || isSame;
    },
    now() {
      if (isJudged && isFollowed) return read;
      const isHeld = (collection: string) =>
        (!isJudged && isOfIntent(collection)) || (!isFollowed && isOfRollout(collection));
      const held = { ...(isJudged ? {} : servedAt), ...(isFollowed ? {} : steered()) };
      const all = { ...partOf(read, (collection) => !isHeld(collection)), ...held };
      return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
}
