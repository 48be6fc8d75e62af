import { createHash } from 'node:crypto';
import { type AsOf, formatAsOf, parseAsOf } from './as-of.ts';

/** One file of a bundle. `path` is relative, with `/`: `haproxy.cfg`, `ssl/NAME.pem`, `files/NAME`. */
export interface BundleFile {
  readonly path: string;
  /** Permission bits, for instance 0o600. */
  readonly mode: number;
  /** Lower-case hex of the content's bytes. */
  readonly sha256: string;
  /** Text, unless `encoding` is there. */
  readonly content: string;
  /** What `content` is of the bytes, where they are no text: who does not know it finds another hash. */
  readonly encoding?: 'base64';
}

/** What a file holds. */
export type Content = Pick<BundleFile, 'content' | 'encoding'>;

/** All that a HAProxy needs, as one value: what `GET /bundle` answers and a reloader stages. */
export interface Bundle {
  readonly schema: 1;
  /** `sha256:` and 64 hex digits, over path, mode and bytes of every file and nothing else. */
  readonly etag: string;
  readonly asOf: AsOf;
  /** Sorted by path (by UTF-16 code units); no path twice. */
  readonly files: readonly BundleFile[];
}

/** The configuration's place in every bundle. */
export const CONFIG_PATH = 'haproxy.cfg';

const PATH =
  /^(?!.{256})[A-Za-z0-9_*@=+,%~^][A-Za-z0-9._*@=+,%~^-]*(\/[A-Za-z0-9_*@=+,%~^][A-Za-z0-9._*@=+,%~^-]*)*$/;
const SHA256 = /^[0-9a-f]{64}$/;
const ETAG = /^sha256:[0-9a-f]{64}$/;

/** A bundle that must not be used. Codes: `bundle-syntax`, `bundle-schema`, `bundle-path`, `bundle-hash`. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code: string;
  readonly hint: string;
  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

const AGAIN =
  'The last good release stays. If this repeats, look for a proxy that changes or cuts answers on the way.';

/** Whether a path can stand in a bundle: relative, in plain characters, no part that starts with a dot. */
export function isBundlePath(path: string): boolean {
  return PATH.test(path);
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What is written to a disk. */
export const bytesOf = ({ content, encoding }: Content): string | Uint8Array =>
  encoding === undefined ? content : Buffer.from(content, encoding);

export const hashOf = (content: Content): string => sha256(bytesOf(content));

/** Whether a value says how a content stands for bytes. */
export const isEncoding = (value: unknown): value is BundleFile['encoding'] =>
  value === undefined || value === 'base64';

/** A file of a bundle, with its hash. */
export function bundleFile(path: string, content: string, mode = 0o600): BundleFile {
  return { path, mode, sha256: sha256(content), content };
}

/** The ETag of a set of files: a hash of content alone, whatever the order in which they come. */
export function hashFiles(files: readonly Pick<BundleFile, 'path' | 'mode' | 'sha256'>[]): string {
  const hash = createHash('sha256');
  const lines = files.map((f) => `${f.path}\0${f.mode.toString(8)}\0${f.sha256}\n`);
  for (const line of lines.sort()) hash.update(line);
  return `sha256:${hash.digest('hex')}`;
}

const byPath = (a: BundleFile, b: BundleFile) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);

/** A bundle of these files. */
export function makeBundle(files: readonly BundleFile[], asOf: AsOf): Bundle {
  return { schema: 1, etag: hashFiles(files), asOf, files: [...files].sort(byPath) };
}

/** The bundle as sent: `asOf` in the form of its header. */
export function formatBundle(bundle: Bundle): string {
  return JSON.stringify({ ...bundle, asOf: formatAsOf(bundle.asOf) });
}

/** Whether a value is permission bits. */
export function isMode(mode: unknown): mode is number {
  return Number.isInteger(mode) && (mode as number) >= 0 && (mode as number) <= 0o777;
}

/** Whether a value is a hash as files have it. */
export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && SHA256.test(value);
}

function parseFile(value: unknown): BundleFile {
  const file = (value ?? {}) as Record<string, unknown>;
  const { path, mode, sha256: hash, content, encoding } = file;
  if (typeof path !== 'string' || !isBundlePath(path))
    throw new BundleError(
      'bundle-path',
      `the bundle names a file ${JSON.stringify(path)}, which is not a path for a release`,
      AGAIN,
    );
  if (!isMode(mode))
    throw new BundleError('bundle-schema', `the mode of ${path} is not a file mode`, AGAIN);
  if (!isSha256(hash) || typeof content !== 'string')
    throw new BundleError('bundle-schema', `${path} lacks its hash or its content`, AGAIN);
  if (!isEncoding(encoding))
    throw new BundleError(
      'bundle-schema',
      `${path} has the unknown encoding ${JSON.stringify(encoding)}`,
      'Upgrade the reloader.',
    );
  const known = { content, ...(encoding && { encoding }) };
  if (hashOf(known) !== hash)
    throw new BundleError(
      'bundle-hash',
      `the content of ${path} does not have the hash that the bundle states`,
      AGAIN,
    );
  return { path, mode, sha256: hash, ...known };
}

/** Files whose paths collide would overwrite each other: `a` and `a`, or a file `a` beside a folder `a/`. */
function findCollision(files: readonly BundleFile[]): string | undefined {
  const paths = new Set(files.map((f) => f.path));
  if (paths.size < files.length) return files.find((f, i) => files[i - 1]?.path === f.path)?.path;
  return files.find((f) =>
    f.path.split('/').some((_, i, parts) => i > 0 && paths.has(parts.slice(0, i).join('/'))),
  )?.path;
}

/**
 * A bundle of files whose own hashes are verified, whatever their order.
 *
 * @throws BundleError where they are not what the ETag says, or could not lie in one folder
 */
export function verifyBundle(told: Omit<Bundle, 'schema'>): Bundle {
  const { etag, asOf } = told;
  if (!ETAG.test(etag)) throw new BundleError('bundle-schema', 'the etag is malformed', AGAIN);
  const files = [...told.files].sort(byPath);
  const collision = findCollision(files);
  if (collision !== undefined)
    throw new BundleError(
      'bundle-path',
      `the bundle names ${collision} twice, or as a file and a folder`,
      AGAIN,
    );
  if (!files.some((f) => f.path === CONFIG_PATH))
    throw new BundleError('bundle-schema', `the bundle has no ${CONFIG_PATH}`, AGAIN);
  if (hashFiles(files) !== etag)
    throw new BundleError('bundle-hash', 'the files of the bundle do not give its etag', AGAIN);
  return { schema: 1, etag, asOf, files };
}

/**
 * Reads and verifies a bundle: every path, every file's hash, and the ETag over them.
 *
 * @throws BundleError whose code says what is wrong with it
 */
export function parseBundle(text: string): Bundle {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) ?? {};
  } catch (cause) {
    throw new BundleError('bundle-syntax', 'the bundle is not whole JSON', AGAIN, { cause });
  }
  if (value.schema !== 1)
    throw new BundleError(
      'bundle-schema',
      `the bundle has schema ${JSON.stringify(value.schema)}, not 1`,
      'Renderer and reloader differ by more than one version: upgrade the reloader.',
    );
  const asOf = typeof value.asOf === 'string' ? parseAsOf(value.asOf) : undefined;
  if (!Array.isArray(value.files) || typeof value.etag !== 'string' || asOf === undefined)
    throw new BundleError('bundle-schema', 'the bundle lacks files, etag or asOf', AGAIN);
  return verifyBundle({ etag: value.etag, asOf, files: value.files.map(parseFile) });
}
