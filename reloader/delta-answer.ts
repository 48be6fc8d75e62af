import { AS_OF_HEADER, parseAsOf } from '../functions/wire/as-of.ts';
import { type Bundle, type BundleFile, verifyBundle } from '../functions/wire/bundle.ts';
import { applyDelta, DELTA_FORM, DeltaError, parseDelta } from '../functions/wire/delta.ts';
import { type Headers, header, toText } from './answer.ts';

/** The files of a bundle that is here already, whole; undefined where it is not. */
export type ReadBase = (etag: string) => Promise<readonly BundleFile[] | undefined>;

/** What is asked for in A-IM (RFC 3229). */
export const ACCEPTED = `${DELTA_FORM}, gzip`;
const TAG = /^"([^"]*)"$/;

const tagOf = (headers: Headers, name: string) => TAG.exec(header(headers, name))?.[1];

/**
 * The bundle that a delta (226) makes of the one that is here.
 *
 * @param etag what was said to be here
 * @throws where there is any doubt whether it is what the renderer has
 */
export async function readDeltaAnswer(
  { headers, bytes }: { readonly headers: Headers; readonly bytes: Buffer },
  etag: string,
  readBase: ReadBase,
): Promise<Bundle> {
  const form = header(headers, 'im').replaceAll(' ', '');
  if (form !== DELTA_FORM && form !== `${DELTA_FORM},gzip`)
    throw new DeltaError('delta-syntax', `the form ${JSON.stringify(form)} was not asked for`);
  if (tagOf(headers, 'delta-base') !== etag)
    throw new DeltaError('delta-base', 'the delta is one of another bundle');
  const asOf = parseAsOf(header(headers, AS_OF_HEADER));
  if (asOf === undefined) throw new DeltaError('delta-syntax', 'the delta has no position');
  const delta = parseDelta(await toText(bytes, form !== DELTA_FORM));
  const base = await readBase(etag);
  if (base === undefined)
    throw new DeltaError('delta-base', 'the bundle that it is a delta of is not here');
  const files = applyDelta(base, delta);
  return verifyBundle({ etag: tagOf(headers, 'etag') ?? '', asOf, files });
}
