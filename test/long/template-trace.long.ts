/** A trace changes nothing, over more random templates than `npm test` has time for. */
import { test } from 'node:test';
import { parseJson, type TemplateContext } from '../../functions/template/index.ts';
import { ofTemplates } from '../template/fuzz/questions.ts';
import { oracleCases } from '../template/oracle-cases.ts';
import { compareTraced } from '../template/trace-difference.ts';

const FIRST = 1_000_000;
const COUNT = 20_000;

test('a trace changes nothing, and leaves nothing untold', () => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const { template, json, templates = {} } = ofTemplates(seed);
    compareTraced({
      template,
      context: parseJson(json) as TemplateContext,
      options: { templates },
    });
  }
});

test('nor does it change what Python gave', () => {
  for (const one of oracleCases()) compareTraced(one);
});
