import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pack, unpack } from './packing.ts';

/** An object that people write, as its feed keeps it. */
export interface IntentObject {
  /** A hash of its bytes, in hex. */
  readonly digest: string;
  /** Its JSON. */
  readonly packed: Uint8Array;
}

type Bucket = ReadonlyMap<string, IntentObject>;

/** A part of all digests: whoever changes it changes the names of all revisions that hold objects. */
const BUCKETS = 64;
/** FNV-1a. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

const EMPTY: Bucket = new Map();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const digestOf = (json: Uint8Array | string): string =>
  createHash('sha256').update(json).digest('hex');

function bucketOf(key: string): number {
  let hash = OFFSET;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), PRIME);
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

/** An object as text, which is packed as soon as it is needed: of most revisions it never is. */
class ReadObject implements IntentObject {
  readonly digest: string;
  readonly #json: string;
  #packed: Uint8Array | undefined;

  constructor(json: string) {
    this.#json = json;
    this.digest = digestOf(json);
  }

  get packed(): Uint8Array {
    this.#packed ??= pack(encoder.encode(this.#json));
    return this.#packed;
  }
}

const digests = new WeakMap<Bucket, string>();

function digestOfBucket(bucket: Bucket): string {
  if (bucket.size === 0) return '';
  const known = digests.get(bucket);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const [key, { digest }] of [...bucket].sort(byKey)) hash.update(`${key} ${digest}\n`);
  const made = hash.digest('hex');
  digests.set(bucket, made);
  return made;
}

const texts = new WeakMap<Bucket, string>();

/** A bucket as text: its objects as JSON, gzipped, in base64. */
function writeBucket(bucket: Bucket): string {
  const known = texts.get(bucket);
  if (known !== undefined) return known;
  const objects = [...bucket].sort(byKey);
  const json = objects.map(([key, { packed }]) => [key, decoder.decode(unpack(packed))]);
  const text = gzipSync(JSON.stringify(Object.fromEntries(json))).toString('base64');
  texts.set(bucket, text);
  return text;
}

/** What was read lately: revisions have most of their buckets in common. */
const readBuckets = new Map<string, Bucket>();
const MOST_READ = 1024;

function readBucket(text: string, mostBytes: number): Bucket {
  const known = readBuckets.get(text);
  readBuckets.delete(text);
  const bucket = known ?? parseBucket(text, mostBytes);
  readBuckets.set(text, bucket);
  const [oldest] = readBuckets.keys();
  if (readBuckets.size > MOST_READ && oldest !== undefined) readBuckets.delete(oldest);
  return bucket;
}

function parseBucket(text: string, mostBytes: number): Bucket {
  const bytes = gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: mostBytes });
  const json: unknown = JSON.parse(bytes.toString('utf8'));
  const bucket = new Map<string, IntentObject>();
  for (const [key, object] of Object.entries(json as object))
    if (typeof object === 'string') bucket.set(key, new ReadObject(object));
  return bucket;
}

/**
 * The objects of a feed, by `NAMESPACE/NAME`: immutable, in buckets by a hash of their keys. What differs in one object
 * shares all other buckets, so that it costs a bucket to hash, to compare and to keep.
 */
export class Contents {
  readonly #buckets: readonly Bucket[];
  #digest: string | undefined;

  private constructor(buckets: readonly Bucket[]) {
    this.#buckets = buckets;
  }

  static readonly EMPTY = new Contents(Array.from({ length: BUCKETS }, () => EMPTY));

  get(key: string): IntentObject | undefined {
    return this.#buckets[bucketOf(key)]?.get(key);
  }

  /** With other objects; undefined: without. */
  with(changes: Iterable<readonly [string, IntentObject | undefined]>): Contents {
    const buckets = [...this.#buckets];
    const own = new Map<number, Map<string, IntentObject>>();
    for (const [key, object] of changes) {
      const at = bucketOf(key);
      const bucket = own.get(at) ?? new Map(buckets[at]);
      own.set(at, bucket);
      buckets[at] = bucket;
      if (object) bucket.set(key, object);
      else bucket.delete(key);
    }
    return own.size === 0 ? this : new Contents(buckets);
  }

  /** A hash of all objects, in whatever order they came. */
  digest(): string {
    this.#digest ??= digestOf(this.#buckets.map(digestOfBucket).join('\n'));
    return this.#digest;
  }

  /** The keys at which these differ from others. */
  changedKeys(before: Contents): readonly string[] {
    const changed: string[] = [];
    for (const [i, bucket] of this.#buckets.entries()) {
      const other = before.#buckets[i] ?? EMPTY;
      if (bucket === other) continue;
      for (const [key, { digest }] of bucket)
        if (other.get(key)?.digest !== digest) changed.push(key);
      for (const key of other.keys()) if (!bucket.has(key)) changed.push(key);
    }
    return changed;
  }

  /** In no particular order. */
  *entries(): Generator<readonly [string, IntentObject]> {
    for (const bucket of this.#buckets) yield* bucket;
  }

  /** The buckets as texts, empty ones as the empty text. */
  write(): readonly string[] {
    return this.#buckets.map((bucket) => (bucket.size === 0 ? '' : writeBucket(bucket)));
  }

  /**
   * Reads what `write` gave.
   *
   * @throws Error for garbage
   */
  static read(buckets: readonly string[], mostBytes: number): Contents {
    if (buckets.length !== BUCKETS) throw new Error(`${BUCKETS} buckets are needed`);
    return new Contents(buckets.map((text) => (text === '' ? EMPTY : readBucket(text, mostBytes))));
  }
}
