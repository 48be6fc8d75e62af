/**
 * Random templates, and random documents of JSON, through this engine and through Python's Jinja2: the share that agree,
 * and those that do not.
 *
 * `npm run fuzz:template -- --seed 1 --count 20000 --out disagreements.json`
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  compile,
  parseJson,
  type TemplateContext,
  TemplateError,
} from '../../../functions/template/index.ts';
import { Chance } from './chance.ts';
import { Documents } from './documents.ts';
import { type Answer, Python, type Question } from './python.ts';
import { ofTemplates } from './questions.ts';

const BATCH = 200;

/** A random document of JSON, in a template that shows it or computes with it. */
const ofDocuments = (seed: number): Question => new Documents(new Chance(seed)).question();

function answer({ template, json, templates = {} }: Question): Answer {
  try {
    return {
      expected: compile(template, { templates }).render(parseJson(json) as TemplateContext),
    };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { error: { type: error.type, message: error.message, lineno: error.line } };
  }
}

interface Disagreement {
  readonly seed: number;
  readonly question: Question;
  readonly python: Answer;
  readonly ours: Answer;
}

interface Tally {
  agreed: number;
  failed: number;
  /** Templates that fail in both, with another type, message or line. */
  readonly otherErrors: Disagreement[];
  readonly disagreements: Disagreement[];
}

function compare(tally: Tally, found: Disagreement): void {
  const { python, ours } = found;
  if (python.expected !== ours.expected) {
    tally.disagreements.push(found);
    return;
  }
  tally.agreed += 1;
  if (python.error === undefined) return;
  tally.failed += 1;
  if (JSON.stringify(python.error) !== JSON.stringify(ours.error)) tally.otherErrors.push(found);
}

const show = ({ seed, question: asked, python, ours }: Disagreement): string =>
  `seed ${seed}\n  template ${JSON.stringify(asked.template)}\n  context  ${asked.json}\n  python   ${JSON.stringify(python)}\n  ours     ${JSON.stringify(ours)}`;

interface Run {
  readonly what: string;
  readonly question: (seed: number) => Question;
  readonly first: number;
  readonly count: number;
  /** The share that may differ. */
  readonly tolerance: number;
}

/** Asks both, prints what differs, and tells whether it is little enough. */
async function run(python: Python, { what, question, first, count, tolerance }: Run) {
  const tally: Tally = { agreed: 0, failed: 0, otherErrors: [], disagreements: [] };
  for (let done = 0; done < count; done += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, count - done) }, (_, i) => first + done + i);
    const questions = seeds.map(question);
    const answers = await python.ask(questions);
    for (const [i, asked] of questions.entries()) {
      compare(tally, {
        seed: seeds[i] as number,
        question: asked,
        python: answers[i] as Answer,
        ours: answer(asked),
      });
    }
  }
  const { agreed, failed, otherErrors, disagreements } = tally;
  for (const found of disagreements.slice(0, 20)) console.log(show(found));
  for (const found of otherErrors.slice(0, 10)) console.log(`other error: ${show(found)}`);
  console.log(
    `${what}: ${agreed} of ${count} agree (${((100 * agreed) / count).toFixed(2)} %), ${failed} of them by failing, ${otherErrors.length} of those with other words`,
  );
  return { disagreements, otherErrors, isGood: disagreements.length <= count * tolerance };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '20000' },
      out: { type: 'string' },
    },
  });
  const first = Number(values.seed) * 1_000_003;
  const count = Number(values.count);
  const python = new Python();
  const runs = [
    await run(python, { what: 'templates', question: ofTemplates, first, count, tolerance: 0.005 }),
    await run(python, { what: 'documents', question: ofDocuments, first, count, tolerance: 0 }),
  ];
  python.close();
  if (values.out !== undefined) {
    const found = runs.map(({ disagreements, otherErrors }) => ({ disagreements, otherErrors }));
    writeFileSync(values.out, JSON.stringify(found, undefined, 1));
  }
  process.exitCode = runs.every(({ isGood }) => isGood) ? 0 : 1;
}

await main();
