/**
 * What Python's Jinja2 gives, byte for byte, for the templates in `sources/`: recorded by `generate.py`, so that no
 * Python is needed here. One test a group of templates, which names the first that differ.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type CompileOptions,
  compile,
  parseJson,
  TemplateError,
} from '../../functions/template/index.ts';

interface Recorded {
  readonly template: string;
  readonly expected?: string;
  readonly error?: { readonly type: string; readonly message: string; readonly lineno: number };
}

interface Group {
  readonly group: string;
  readonly context?: Record<string, unknown>;
  readonly opts?: CompileOptions;
  readonly templates?: Record<string, string>;
  readonly cases: readonly Recorded[];
}

const folder = new URL('../../../test/template/golden/oracle/', import.meta.url);

function outcome(template: string, { context = {}, opts = {}, templates }: Group): unknown {
  try {
    return compile(template, { ...(templates && { templates }), ...opts }).render(context);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { type: error.type, message: error.message, lineno: error.line };
  }
}

for (const file of readdirSync(folder).sort()) {
  const groups = parseJson(readFileSync(new URL(file, folder), 'utf8')) as Group[];
  for (const group of groups) {
    test(`as Python's Jinja2: ${file}, ${group.group}, ${group.cases.length} templates`, () => {
      const answers = group.cases.map(({ template }) => ({
        template,
        outcome: outcome(template, group),
      }));
      const recorded = group.cases.map(({ template, expected, error }) => ({
        template,
        outcome: expected ?? error,
      }));
      assert.deepEqual(answers, recorded);
    });
  }
}
