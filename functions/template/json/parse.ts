import { isPlainJson } from './plain.ts';
import { readExactly } from './reader.ts';

/**
 * Reads JSON as Python's `json.loads` does: floats stay floats (`1.0` is a `Float`), ints are exact at any size (a
 * bigint beyond 2⁵³), objects keep the order of their keys (a Map where keys are numbers, which a JavaScript object
 * would put first), of a key given twice the last value counts, and NaN and Infinity are read.
 *
 * @throws JsonError where the text is not JSON, an int has more than 4,300 digits, or its parts lie too deep in one
 * another
 */
export function parseJson(text: string): unknown {
  if (isPlainJson(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // The other reader takes what Python does beyond JSON, and tells where a text stops being either.
    }
  }
  return readExactly(text);
}
