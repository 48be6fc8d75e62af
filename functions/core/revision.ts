import { isFields } from './fields.ts';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Contents } from './contents.ts';
import { type IntentFeedId, isIntentFeed } from './inputs/input.ts';
import { type Data, hashIntent, type Intent } from './intent.ts';
import { type IntentObjects, objectsOf } from './intent-objects.ts';
import type { Marks } from './marks.ts';
import type { Rollout } from './rollout.ts';

/** A part of the newest intent that a revision does not have. */
export interface HeldPart {
  /** `config`, `services/NAME`, or an object: `ingress.networking.k8s.io/shop/web`. */
  readonly unit: string;
  readonly code: string;
  readonly message: string;
}

/** One intent that passed the gate. */
export interface Revision {
  /** `sha256:` and 64 hex digits: the name of its content. */
  readonly hash: string;
  readonly intent: Intent;
  /** When it passed first, as ISO 8601. */
  readonly at: string;
  /** Who changed the ConfigMaps that it was made from, as far as is known: the managers of their fields. */
  readonly by: readonly string[];
  /** What was held back of the intent that it was made from. */
  readonly held: readonly HeldPart[];
}

/** A revision that is kept, in its place among the others: the highest number is the one that was served last. */
export interface KeptRevision extends Revision {
  readonly number: number;
  readonly marks?: Marks;
}

/** A hash as people are shown it. */
export const shortHash = (hash: string): string => hash.slice('sha256:'.length).slice(0, 12);

/** The shortest part of a hash that names a revision. */
const SHORTEST = 4;

/** Whether somebody who names this beginning of a hash means this one. */
export const isNamed = (hash: string, name: string): boolean => {
  const digits = name.replace(/^sha256:/, '');
  return digits.length >= SHORTEST && hash.startsWith(`sha256:${digits}`);
};

/** The revision that somebody names by its number, or by the beginning of its hash. */
export const revisionNamed = (
  revisions: readonly KeptRevision[],
  name: string,
): KeptRevision | undefined =>
  revisions.find(({ number }) => String(number) === name) ??
  revisions.find(({ hash }) => isNamed(hash, name));

/** The number of one that comes before all that are kept, or beside the first where that has none before it. */
export const numberBefore = (numbers: readonly number[]): number =>
  numbers.length === 0 ? 0 : Math.max(0, Math.min(...numbers) - 1);

/** Where revisions are kept. Every call may reject: what keeps them may be away. */
export interface History {
  /** All that can be read, oldest first. */
  list(): Promise<readonly KeptRevision[]>;
  /** Whether a revision is there, without a look at what it holds. */
  has(hash: string): Promise<boolean>;
  /** Keeps a revision as the newest; one that is there already becomes the newest again. */
  record(revision: Revision): Promise<void>;
  /** Adds to what is noted of a revision that is kept; one that is not is passed over. Whether it is kept. */
  mark(hash: string, marks: Marks): Promise<boolean>;
  /** Keeps one that is needed after all, and was forgotten: as the oldest, for it is not what was served last. */
  restore(revision: Revision, marks: Marks): Promise<void>;
  /** Forgets the oldest of those that are too many, but not what proxies still run, or have needed lately. */
  prune(inUse: ReadonlySet<string>): Promise<void>;
  rollout(): Promise<Rollout>;
  /** Changes the rollout by compare-and-swap; gives what holds then. */
  steer(change: (rollout: Rollout) => Rollout): Promise<Rollout>;
}

/** What a revision says in an object or a file of its own; a later version of the product may say more. */
export const REVISION_SCHEMA = 1;

const HASH = /^sha256:[0-9a-f]{64}$/;

interface Packed {
  readonly schema: number;
  readonly hash: string;
  readonly at: string;
  readonly by: readonly string[];
  readonly held: readonly HeldPart[];
  /** The ConfigMaps as JSON, gzipped, in base64; and behind them the objects, where there are any. */
  readonly content: string;
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

/** What no base64 has. */
const BETWEEN = ',';

/** The objects that count: each feed's name and buckets, one after the other. */
const objectTexts = (intent: Intent): readonly string[] =>
  Array.from(objectsOf(intent)).flatMap(([id, contents]) => [id, ...contents.write()]);

/** A revision as JSON has it. */
export function packRevision({ hash, intent, at, by, held }: Revision): Packed {
  const sorted = (data: Data | undefined) =>
    data && Object.fromEntries(Object.entries(data).sort(byKey));
  const { services, config } = intent;
  const json = JSON.stringify({ services: sorted(services), config: sorted(config) });
  const maps = gzipSync(json, { level: 9 }).toString('base64');
  const content = [maps, ...objectTexts(intent)].join(BETWEEN);
  return { schema: REVISION_SCHEMA, hash, at, by, held, content };
}

const isData = (value: unknown): value is Data =>
  isFields(value) && Object.values(value).every((text) => typeof text === 'string');
const isHeld = (value: unknown): value is HeldPart =>
  isFields(value) && ['unit', 'code', 'message'].every((key) => typeof value[key] === 'string');
const listOf = <T>(value: unknown, is: (item: unknown) => item is T): readonly T[] =>
  Array.isArray(value) ? value.filter(is) : [];

/** Larger ones are none of ours: a small file can unpack to a lot. */
const MOST_BYTES = 64 * 1024 * 1024;

function readObjects(texts: readonly string[]): IntentObjects | undefined {
  const objects = new Map<IntentFeedId, Contents>();
  const starts = [...texts.keys()].filter((i) => isIntentFeed(texts[i] ?? ''));
  for (const [n, start] of starts.entries()) {
    const buckets = texts.slice(start + 1, starts[n + 1]);
    objects.set(texts[start] as IntentFeedId, Contents.read(buckets, MOST_BYTES));
  }
  return objects.size === 0 ? undefined : objects;
}

function readIntent(content: string): Intent | undefined {
  try {
    const [maps = '', ...texts] = content.split(BETWEEN);
    const bytes = gunzipSync(Buffer.from(maps, 'base64'), { maxOutputLength: MOST_BYTES });
    const { services, config } = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    const objects = readObjects(texts);
    return {
      ...(isData(services) && { services }),
      ...(isData(config) && { config }),
      ...(objects && { objects }),
    };
  } catch {
    return undefined;
  }
}

/** Reads what `packRevision` made; undefined for garbage, and for what a later version made otherwise. */
export function unpackRevision(value: unknown): Revision | undefined {
  if (!isFields(value) || value.schema !== REVISION_SCHEMA) return undefined;
  const { hash, at, by, held, content } = value;
  if (typeof hash !== 'string' || !HASH.test(hash) || typeof content !== 'string') return undefined;
  const intent = readIntent(content);
  // The name is a hash of the content: one that differs is not what was kept.
  if (!intent || hashIntent(intent) !== hash) return undefined;
  return {
    hash,
    intent,
    at: typeof at === 'string' ? at : '',
    by: listOf(by, (name): name is string => typeof name === 'string'),
    held: listOf(held, isHeld),
  };
}
