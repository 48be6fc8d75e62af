import { gzipSync } from 'node:zlib';
import type { Patch } from './publication.ts';
import { type Bundle, type BundleFile, hashFiles } from '../wire/bundle.ts';
import { applyDelta, formatDelta, makeDelta, parseDelta } from '../wire/delta.ts';

/** Bundles that pollers may still have: what leads from them to the newest. */
export interface Ancestry {
  /** The newest. */
  readonly bundle: Bundle;
  /** From a bundle of this hash, where that is known and worth it: made once, for all who have it. */
  patch(etag: string): Patch | undefined;
  /** Of another line: pollers that have it are about to ask here. */
  learn(other: Bundle): void;
  /** For the next bundle. */
  succeed(next: Bundle): Ancestry;
}

interface Ancestor {
  readonly etag: string;
  /** Of the bundle that `back` leads back from: the newest, or one that is before this in the list. */
  readonly from: string;
  /** As JSON, which holds on to nothing of the texts that it was made of: a bundle may be of megabytes. */
  readonly back: Uint8Array;
}

/** So many bundles are remembered. */
const MOST = 8;
/** A larger delta is not worth it, nor is one of more than half of the whole. */
const MOST_BYTES = 512 * 1024;
/** From so many bytes on, gzip saves more than it costs a poller. */
const GZIP_FROM = 1_000;

type Files = readonly BundleFile[];

const encode = (from: Files, to: Files, most: number): Uint8Array | undefined => {
  const bytes = Buffer.from(formatDelta(makeDelta(from, to)));
  return bytes.byteLength <= most ? bytes : undefined;
};

const decode = (bytes: Uint8Array) => parseDelta(Buffer.from(bytes).toString());

function sizeOf({ files }: Bundle): number {
  return files.reduce((sum, { content }) => sum + content.length, 0);
}

/** The ancestry of a bundle; `known`: from the newest to the oldest. */
function createAncestry(bundle: Bundle, known: readonly Ancestor[]): Ancestry {
  const most = Math.min(MOST_BYTES, sizeOf(bundle) / 2);
  const patches = new Map<string, Patch | undefined>();
  let ancestors = known;

  function toAncestor(of: Bundle, from: Bundle): readonly Ancestor[] {
    const back = encode(from.files, of.files, most);
    return back === undefined ? [] : [{ etag: of.etag, from: from.etag, back }];
  }

  /** What a bundle was, by going back from the newest. */
  function filesOf(etag: string): Files | undefined {
    if (etag === bundle.etag) return bundle.files;
    const ancestor = ancestors.find((each) => each.etag === etag);
    const later = ancestor && filesOf(ancestor.from);
    return later && ancestor && applyDelta(later, decode(ancestor.back));
  }

  function make(etag: string): Patch | undefined {
    const base = filesOf(etag);
    if (base === undefined || hashFiles(base) !== etag) return undefined;
    const bytes = encode(base, bundle.files, most);
    if (bytes === undefined) return undefined;
    return { base: etag, bytes, ...(bytes.byteLength >= GZIP_FROM && { gzip: gzipSync(bytes) }) };
  }

  return {
    bundle,
    patch(etag) {
      if (!ancestors.some((each) => each.etag === etag)) return undefined;
      if (!patches.has(etag)) patches.set(etag, make(etag));
      return patches.get(etag);
    },
    learn(other) {
      if (other.etag === bundle.etag || ancestors.some(({ etag }) => etag === other.etag)) return;
      ancestors = [...toAncestor(other, bundle), ...ancestors].slice(0, MOST);
    },
    succeed(next) {
      const [latest] = toAncestor(bundle, next);
      // Where it is not worth to go back one step, no older one is had.
      if (latest === undefined) return createAncestry(next, []);
      const others = ancestors.filter(({ etag }) => etag !== bundle.etag && etag !== next.etag);
      return createAncestry(next, [latest, ...others].slice(0, MOST));
    },
  };
}

/** The ancestry of the first bundle of a line. */
export const beginAncestry = (bundle: Bundle): Ancestry => createAncestry(bundle, []);
