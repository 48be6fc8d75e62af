/**
 * Paths of fields, as `kubectl explain` has them: `spec.rules.host`, `metadata.labels["kubernetes.io/service-name"]`. A
 * path goes through lists: it means that field of each of their items.
 */
import { isMapping, mappingGet } from '../classes/dict.ts';
import { plain } from '../text/foreign.ts';

export type FieldPath = readonly string[];

const STEP = /^(?:\.?([^\s.[\]"']+)|\[(?:"([^"]+)"|'([^']+)')\])/;

/** The steps of a path, or undefined where the text is none. */
export function parseFieldPath(text: string): FieldPath | undefined {
  const steps: string[] = [];
  let rest = plain(text);
  while (rest !== '') {
    const found = STEP.exec(rest);
    if (!found) return undefined;
    const [whole, bare, double, single] = found;
    // Only the first step may go without its dot.
    if (bare !== undefined && steps.length > 0 && !whole.startsWith('.')) return undefined;
    steps.push(bare ?? double ?? (single as string));
    rest = rest.slice(whole.length);
  }
  return steps.length === 0 ? undefined : steps;
}

function collect(value: unknown, path: FieldPath, found: unknown[], at = 0): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, found, at);
    return;
  }
  if (at === path.length) {
    if (value !== undefined) found.push(value);
    return;
  }
  if (isMapping(value)) collect(mappingGet(value, path[at]), path, found, at + 1);
}

/** All values at a path: several where it goes through lists, none where there is no such field. */
export function valuesAt(value: unknown, path: FieldPath): readonly unknown[] {
  const found: unknown[] = [];
  collect(value, path, found);
  return found;
}
