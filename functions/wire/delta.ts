import {
  type BundleFile,
  type Content,
  hashOf,
  isBundlePath,
  isEncoding,
  isMode,
  isSha256,
  sha256,
} from './bundle.ts';
import { diffLines, type Hunk, type LinePatch, patchLines } from './lines.ts';

/** The name of this form in `A-IM` and `IM` (RFC 3229). */
export const DELTA_FORM = 'bundle-lines';

/** One file that is another one than in the base. `mode` is left out where it is that of the base's file. */
export type DeltaFile =
  /** It is gone. */
  | { readonly path: string; readonly gone: true }
  /** The file of the base with these lines changed. */
  | { readonly path: string; readonly mode?: number; readonly lines: LinePatch }
  /** The content of a file that the base has under whatever path. */
  | { readonly path: string; readonly mode: number; readonly sha256: string }
  | ({ readonly path: string; readonly mode: number } & Content);

/** What makes one bundle's files out of another's: what it does not name stays. */
export interface Delta {
  readonly schema: 1;
  readonly files: readonly DeltaFile[];
}

/** A delta that must not be used. Codes: `delta-syntax` (it is none), `delta-base` (it is not one of these files). */
export class DeltaError extends Error {
  override readonly name = 'DeltaError';
  readonly code: 'delta-syntax' | 'delta-base';
  constructor(code: DeltaError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

type Files = readonly BundleFile[];
const byPath = (files: Files) => new Map(files.map((file) => [file.path, file]));

/** The delta from the files of one bundle to those of another, sorted by path. */
export function makeDelta(base: Files, files: Files): Delta {
  const before = byPath(base);
  const now = byPath(files);
  const hashes = new Set(base.map((file) => file.sha256));
  const toEntry = (file: BundleFile): readonly DeltaFile[] => {
    const { path, mode, content, encoding } = file;
    const old = before.get(path);
    if (old?.sha256 === file.sha256 && old.mode === mode) return [];
    if (hashes.has(file.sha256)) return [{ path, mode, sha256: file.sha256 }];
    // Bytes have no lines.
    if (old === undefined || old.encoding || encoding)
      return [{ path, mode, content, ...(encoding && { encoding }) }];
    const lines = diffLines(old.content, content);
    return [{ path, ...(mode !== old.mode && { mode }), lines }];
  };
  const gone = base
    .filter(({ path }) => !now.has(path))
    .map(({ path }): DeltaFile => ({ path, gone: true }));
  const entries = [...files.flatMap(toEntry), ...gone];
  return { schema: 1, files: entries.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** As sent. */
export function formatDelta(delta: Delta): string {
  return JSON.stringify(delta);
}

const syntax = (message: string) => new DeltaError('delta-syntax', message);

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isLine = (value: unknown): value is string =>
  typeof value === 'string' && !value.includes('\n');

function parseHunk(value: unknown): Hunk {
  const [at, removed, lines, ...others] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!isCount(at) || !isCount(removed) || !Array.isArray(lines) || others.length > 0)
    throw syntax('a change of lines is not [at, removed, lines]');
  if (!lines.every(isLine)) throw syntax('a line of the delta is malformed');
  return [at, removed, lines];
}

function parseEntry(value: unknown): DeltaFile {
  const entry = (value ?? {}) as Record<string, unknown>;
  const { path, mode, gone, lines, sha256: hash, content, encoding } = entry;
  if (typeof path !== 'string' || !isBundlePath(path)) throw syntax('the delta names no file');
  const forms = [gone, lines, hash, content].filter((form) => form !== undefined);
  if (forms.length !== 1) throw syntax(`the delta does not say one thing of ${path}`);
  if (mode !== undefined && !isMode(mode)) throw syntax(`the mode of ${path} is malformed`);
  if (Array.isArray(lines))
    return { path, ...(mode !== undefined && { mode }), lines: lines.map(parseHunk) };
  if (gone === true && mode === undefined) return { path, gone };
  if (mode !== undefined && isSha256(hash)) return { path, mode, sha256: hash };
  if (mode !== undefined && typeof content === 'string' && isEncoding(encoding))
    return { path, mode, content, ...(encoding && { encoding }) };
  throw syntax(`what the delta says of ${path} cannot be understood`);
}

/**
 * Reads a delta. What it makes of a base is verified by the ETag alone.
 *
 * @throws DeltaError `delta-syntax`
 */
export function parseDelta(text: string): Delta {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) ?? {};
  } catch {
    throw syntax('the delta is not whole JSON');
  }
  if (value.schema !== 1 || !Array.isArray(value.files))
    throw syntax('the delta is not of schema 1');
  return { schema: 1, files: value.files.map(parseEntry) };
}

/**
 * The files of the new bundle, in no order, with the hashes that they have.
 *
 * @throws DeltaError `delta-base`
 */
export function applyDelta(base: Files, { files: entries }: Delta): Files {
  const files = byPath(base);
  const contents = new Map(
    base.map(({ sha256: hash, content, encoding }) => [
      hash,
      { content, ...(encoding && { encoding }) },
    ]),
  );
  const wrong = (path: string) =>
    new DeltaError('delta-base', `the delta is not one of these files: ${path}`);
  for (const entry of entries) {
    const { path } = entry;
    const old = files.get(path);
    if ('gone' in entry) {
      if (!files.delete(path)) throw wrong(path);
    } else if ('lines' in entry) {
      const content = old && !old.encoding ? patchLines(old.content, entry.lines) : undefined;
      if (old === undefined || content === undefined) throw wrong(path);
      const mode = entry.mode ?? old.mode;
      files.set(path, { path, mode, sha256: sha256(content), content });
    } else if ('sha256' in entry) {
      const content = contents.get(entry.sha256);
      if (content === undefined) throw wrong(path);
      files.set(path, { path, mode: entry.mode, sha256: entry.sha256, ...content });
    } else {
      files.set(path, { ...entry, sha256: hashOf(entry) });
    }
  }
  return [...files.values()];
}
