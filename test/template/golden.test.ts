/**
 * What Python's Jinja2 gives, byte for byte: each file in `golden/` is a list of cases recorded from it, so that no
 * Python is needed to test against it.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type CompileOptions, compile, TemplateError } from '../../functions/template/index.ts';

interface GoldenCase {
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

/** The cases of a file; a dict with numbers as keys is a Map in the order of the file. */
function casesOf(file: string): GoldenCase[] {
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
const dialectOf = (file: string): 'jinja2' | 'python2' =>
  file.startsWith('python2') ? 'python2' : 'jinja2';

function outcome(
  { template, context = {}, opts = {}, templates }: GoldenCase,
  file: string,
): unknown {
  const options = { dialect: dialectOf(file), ...(templates && { templates }), ...opts };
  try {
    return compile(template, options).render(context);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { type: error.type, message: error.message, lineno: error.line };
  }
}

for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()) {
  test(`as Python's Jinja2: ${file}`, async (t) => {
    for (const [index, golden] of casesOf(file).entries()) {
      await t.test(`${index} ${golden.group}: ${JSON.stringify(golden.template)}`, () => {
        assert.deepEqual(outcome(golden, file), golden.expected ?? golden.error);
      });
    }
  });
}
