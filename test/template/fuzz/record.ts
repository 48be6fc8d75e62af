/**
 * Writes what Python's `json` and Jinja2 give for random documents of JSON to `golden/json/documents.json`, so that the
 * tests need no Python: `node dist/test/template/fuzz/record.js`, after a build.
 */
import { writeFileSync } from 'node:fs';
import { Chance } from './chance.ts';
import { Documents } from './documents.ts';
import { Python } from './python.ts';

const COUNT = 1000;

const python = new Python();
const questions = Array.from({ length: COUNT }, (_, seed) =>
  new Documents(new Chance(seed)).question(),
);
const answers = await python.ask(questions);
python.close();
const lines = questions.map((question, i) => JSON.stringify({ ...question, ...answers[i] }));
writeFileSync(
  new URL('../../../../test/template/golden/json/documents.json', import.meta.url),
  `[\n${lines.join(',\n')}\n]\n`,
);
