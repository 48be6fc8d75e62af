import { JsonError, parseJson } from '../template/json/index.ts';
import { locate } from './diagnostics.ts';

export { isJsonObject, parseJson, writeJson } from '../template/json/index.ts';

/** Text that is not JSON, and where: `line` and `column` from 1, `excerpt` the line with a caret. */
export interface JsonProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
}

export type JsonResult =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly problem: JsonProblem };

/** Reads JSON as Python does, or says where it stops being JSON and what was expected there. */
export function readJson(text: string): JsonResult {
  try {
    return { kind: 'value', value: parseJson(text) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { message, offset } = error;
    return { kind: 'problem', problem: { message, ...locate(text, offset) } };
  }
}
