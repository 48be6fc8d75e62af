import { readdirSync, readFileSync } from 'node:fs';
import type { CompileOptions } from '../../functions/template/index.ts';

/** A template, and what Python's Jinja2 makes of it. */
export interface GoldenCase {
  readonly group?: string;
  readonly template: string;
  readonly context?: Record<string, unknown>;
  readonly opts?: CompileOptions;
  readonly templates?: Record<string, string>;
  readonly expected?: string;
  readonly error?: {
    readonly type: string;
    readonly message: string;
    readonly lineno: number | null;
  };
}

const folder = new URL('../../../test/template/golden/', import.meta.url);

/** JSON with its objects as Maps, since JavaScript's objects put keys that are numbers first. */
const toMap = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toMap);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key.replace(/^#/, ''), toMap(item)]));
};

/** The cases of a file of `golden/`; a dict with numbers as keys is a Map in the order of the file. */
export function casesOf(file: string): GoldenCase[] {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const cases: GoldenCase[] = JSON.parse(text);
  const ordered = JSON.parse(text.replace(/"(\d+)":/g, '"#$1":')) as { context?: unknown }[];
  return cases.map((golden, i) =>
    /"\d+":/.test(JSON.stringify(golden.context))
      ? {
          ...golden,
          context: Object.fromEntries(toMap(ordered[i]?.context) as Map<string, unknown>),
        }
      : golden,
  );
}

/** Files named for a dialect are in it. */
export const dialectOf = (file: string): 'jinja2' | 'python2' =>
  file.startsWith('python2') ? 'python2' : 'jinja2';

/** Their names, sorted. */
export const goldenFiles: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort();
