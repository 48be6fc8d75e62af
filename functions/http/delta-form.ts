import type { Patch, Publication } from '../publish/publication.ts';
import { DELTA_FORM } from '../wire/delta.ts';
import { readWeights } from './accept.ts';
import { readIfNoneMatch } from './if-none-match.ts';
import type { Represent } from './replies.ts';

/** 226 IM Used (RFC 3229, section 10.4.1): what is sent makes the bundle of the ETag out of the one of Delta-Base. */
const IM_USED = 226;

interface Forms {
  readonly plain: Represent;
  readonly gzip: Represent;
}

/** Of each patch, so that all who are given it share one answer. */
const known = new WeakMap<Patch, Forms>();

function makeForms({ base, bytes, gzip }: Patch): Forms {
  const form =
    (manipulations: string, body: Uint8Array): Represent =>
    () => ({
      status: IM_USED,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        IM: manipulations,
        'Delta-Base': `"${base}"`,
      },
      body,
    });
  const plain = form(DELTA_FORM, bytes);
  return { plain, gzip: gzip === undefined ? plain : form(`${DELTA_FORM}, gzip`, gzip) };
}

function formsOf(patch: Patch): Forms {
  const forms = known.get(patch) ?? makeForms(patch);
  known.set(patch, forms);
  return forms;
}

/** Gives the delta from what a client has to what there is; undefined where it is to have the whole. */
export type ChooseDelta = (publication: Publication) => Represent | undefined;

/**
 * Which delta a client takes, by its `A-IM` and `If-None-Match`; undefined where it takes none.
 *
 * @throws Problem `bad-if-none-match`
 */
export function readDeltaForm(taken: string, match: string): ChooseDelta | undefined {
  const weights = readWeights(taken);
  const has = readIfNoneMatch(match);
  if (!((weights.get(DELTA_FORM) ?? 0) > 0) || has.kind !== 'these') return undefined;
  const form = (weights.get('gzip') ?? 0) > 0 ? 'gzip' : 'plain';
  return (publication) => {
    for (const etag of has.etags) {
      const patch = publication.patch(etag);
      if (patch !== undefined) return formsOf(patch)[form];
    }
    return undefined;
  };
}
