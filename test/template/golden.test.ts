/**
 * What Python's Jinja2 gives, byte for byte: each file in `golden/` is a list of cases recorded from it, so that no
 * Python is needed to test against it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, TemplateError } from '../../functions/template/index.ts';
import { casesOf, dialectOf, type GoldenCase, goldenFiles } from './golden-cases.ts';

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

for (const file of goldenFiles) {
  test(`as Python's Jinja2: ${file}`, async (t) => {
    for (const [index, golden] of casesOf(file).entries()) {
      await t.test(`${index} ${golden.group}: ${JSON.stringify(golden.template)}`, () => {
        assert.deepEqual(outcome(golden, file), golden.expected ?? golden.error);
      });
    }
  });
}
