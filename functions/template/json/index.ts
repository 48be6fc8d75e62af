/** JSON, value for value as Python's `json` reads it. */

export { float } from '../values/classes/float.ts';
export { int } from '../values/numbers/numeric.ts';
export {
  entriesOf,
  isJsonObject,
  type JsonObject,
  keepsOrder,
  memberOf,
  merged,
  objectOf,
  without,
} from './object.ts';
export { outline } from './outline.ts';
export { parseJson } from './parse.ts';
export { JsonError } from './reader.ts';
export { writeJson } from './write.ts';
