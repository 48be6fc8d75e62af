import { entriesOf, isJsonObject, memberOf } from '../template/json/index.ts';
import { type FeedId, isFeedId } from './inputs/input.ts';
import type { RenderVariant } from './render.ts';

/**
 * What `GET /snapshot` adds to the objects, so that a render of it elsewhere gives the same hash without the private
 * keys: the hash of each certificate's file, and the variant that was asked for.
 */
export interface SnapshotMetadata {
  readonly variant: RenderVariant;
  /** Certificate name to the sha256 of its PEM file, in hex. */
  readonly certificates: Readonly<Record<string, string>>;
  /** The same of those that are gone: the service keeps them for a configuration that names them. */
  readonly lost: Readonly<Record<string, string>>;
  /** Of both, those that have one: the sha256 of its OCSP response. */
  readonly staples: Readonly<Record<string, string>>;
  /** What the service gave for this snapshot; absent where nothing was rendered. */
  readonly etag?: string;
}

/** The field of the List that holds it. */
export const METADATA_FIELD = 'kubernetes-haproxy';

function textsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = entriesOf(value).filter(([, text]) => typeof text === 'string');
  if (entries.length < entriesOf(value).length) return undefined;
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The metadata of a parsed List, or undefined where there is none (any other dump of manifests). */
export function readSnapshotMetadata(list: unknown): SnapshotMetadata | undefined {
  const metadata = memberOf(list, METADATA_FIELD);
  const certificates = textsOf(memberOf(metadata, 'certificates'));
  const lost = textsOf(memberOf(metadata, 'lost')) ?? {};
  const staples = textsOf(memberOf(metadata, 'staples')) ?? {};
  const variant = memberOf(metadata, 'variant');
  const params = textsOf(memberOf(variant, 'params'));
  const sslDir = memberOf(variant, 'sslDir');
  const filesDir = memberOf(variant, 'filesDir');
  if (!certificates || !params) return undefined;
  if (typeof sslDir !== 'string' || typeof filesDir !== 'string') return undefined;
  return { variant: { sslDir, filesDir, params }, certificates, lost, staples };
}

/** What says of a list within `GET /snapshot` that it is all of a feed. */
export interface FeedMetadata {
  readonly feed: FeedId;
  readonly state: 'read' | 'absent';
}

export function readFeedMetadata(list: unknown): FeedMetadata | undefined {
  const metadata = memberOf(list, METADATA_FIELD);
  const [feed, state] = [memberOf(metadata, 'feed'), memberOf(metadata, 'state')];
  if (typeof feed !== 'string' || !isFeedId(feed)) return undefined;
  return { feed, state: state === 'absent' ? 'absent' : 'read' };
}

/** A feed of a snapshot as text: what stands before its objects, and behind them. */
export const writeFeedMetadata = (
  metadata: FeedMetadata,
): { readonly head: string; readonly tail: string } => ({
  head: `{"apiVersion":"v1","kind":"List","${METADATA_FIELD}":${JSON.stringify(metadata)},"items":[`,
  tail: ']}',
});
