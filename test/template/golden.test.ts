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

function outcome({ template, context = {}, opts = {}, templates }: GoldenCase): unknown {
  try {
    return compile(template, { ...(templates === undefined ? {} : { templates }), ...opts }).render(
      context,
    );
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { type: error.type, message: error.message, lineno: error.line };
  }
}

for (const file of readdirSync(folder).sort()) {
  const cases: GoldenCase[] = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  test(`as Python's Jinja2: ${file}`, async (t) => {
    for (const [index, golden] of cases.entries()) {
      await t.test(`${index} ${golden.group}: ${JSON.stringify(golden.template)}`, () => {
        const actual = outcome(golden);
        const { expected, error } = golden;
        assert.deepEqual(
          actual,
          expected ??
            (error?.lineno == null
              ? { ...error, lineno: (actual as { lineno?: number }).lineno }
              : error),
        );
      });
    }
  });
}
