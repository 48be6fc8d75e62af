import { foreign, settle } from '../template/foreign.ts';
import { keepsOrder, outline, parseJson } from '../template/json/index.ts';
import { pack, unpack } from './packing.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A JSON text as templates see it: frozen deeply, what is special in its texts foreign. */
export const materialise = (text: string): unknown => settle(parseJson(text));

/** The parts that are still packed, by the object that they are a part of. */
const packedParts = new WeakMap<object, Uint8Array>();
const readParts = new WeakMap<object, unknown>();

/** One function for all objects, so that all have one shape: a closure each would cost more than it holds. */
function readPart(this: object): unknown {
  const packed = packedParts.get(this);
  if (packed) {
    readParts.set(this, materialise(decoder.decode(unpack(packed))));
    packedParts.delete(this);
  }
  return readParts.get(this);
}

/** Which member of an object stays packed until it is read; of which member another does. */
export interface Later {
  readonly member: string;
  readonly within?: { readonly member: string; readonly later: Later };
}

/**
 * A JSON object as templates see it, with one of its members packed until it is asked for: it is not even read before.
 *
 * @param text as `writeJson` gives it
 */
export function materialiseInPart(text: string, { member, within }: Later): unknown {
  const parts = outline(text);
  // A Map has no getters; nor does one turn up but in manifests that no API server would take.
  const isOdd = [...parts.keys()].some((key) => foreign(key) !== key);
  if (isOdd || !keepsOrder(parts.keys())) return materialise(text);
  const object: object = {};
  for (const [key, part] of parts) {
    const isObject = part.startsWith('{');
    const isLater = isObject && key === member;
    if (isLater) packedParts.set(object, pack(encoder.encode(part)));
    const read = (): unknown =>
      isObject && key === within?.member
        ? materialiseInPart(part, within.later)
        : materialise(part);
    const property = isLater ? { get: readPart } : { value: read() };
    Object.defineProperty(object, key, { ...property, enumerable: true });
  }
  return Object.freeze(object);
}
