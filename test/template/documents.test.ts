/**
 * Random documents of JSON, read here and by Python's `json`, and shown and computed with by both engines: recorded by
 * `fuzz/record.ts`, so that no Python is needed.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  compile,
  parseJson,
  type TemplateContext,
  TemplateError,
} from '../../functions/template/index.ts';
import { writeJson } from '../../functions/template/json/index.ts';
import type { Answer, Question } from './fuzz/python.ts';

const file = new URL('../../../test/template/golden/json/documents.json', import.meta.url);
const recorded: readonly (Question & Answer)[] = JSON.parse(readFileSync(file, 'utf8'));

function outcome(template: string, context: unknown): unknown {
  try {
    return compile(template).render(context as TemplateContext);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { type: error.type, message: error.message, lineno: error.line };
  }
}

const outcomes = (read: (json: string) => unknown) =>
  recorded.map(({ template, json }) => ({
    template,
    json,
    outcome: outcome(template, read(json)),
  }));
const expected = recorded.map(({ template, json, expected: text, error }) => ({
  template,
  json,
  outcome: text ?? error,
}));

test(`as Python's json and Jinja2: ${recorded.length} documents`, () => {
  assert.deepEqual(outcomes(parseJson), expected);
});

test('the same when they were written and read again in between', () => {
  assert.deepEqual(
    outcomes((json) => parseJson(writeJson(parseJson(json)))),
    expected,
  );
});
