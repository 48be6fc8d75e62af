import type { RenderVariant } from './render.ts';

/**
 * What `GET /snapshot` adds to the objects, so that a render of it elsewhere gives the same hash without the private
 * keys: the hash of each certificate's file, and the variant that was asked for.
 */
export interface Seal {
  readonly variant: RenderVariant;
  /** Certificate name to the sha256 of its PEM file, in hex. */
  readonly certificates: Readonly<Record<string, string>>;
  /** What the service gave for this snapshot; absent where nothing was rendered. */
  readonly etag?: string;
}

/** The field of the List that holds it. */
export const SEAL_FIELD = 'kubernetes-haproxy';

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((text) => typeof text === 'string');

/** The seal of a parsed List, or undefined where there is none (any other dump of manifests). */
export function readSeal(list: unknown): Seal | undefined {
  const seal = (list as Record<string, unknown> | null)?.[SEAL_FIELD] as Partial<Seal> | undefined;
  const variant = seal?.variant;
  if (!variant || !isTexts(seal.certificates) || !isTexts(variant.params)) return undefined;
  if (typeof variant.sslDir !== 'string' || typeof variant.filesDir !== 'string') return undefined;
  return seal as Seal;
}
