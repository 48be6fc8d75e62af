import { writeJson } from '../../../functions/template/json/index.ts';
import { Chance } from './chance.ts';
import { makeContext } from './context.ts';
import type { Question } from './python.ts';
import { TEMPLATES, Templates } from './templates.ts';

/** A random template of the language, with a context that holds a value of each type. */
export function ofTemplates(seed: number): Question {
  const chance = new Chance(seed);
  const json = writeJson(makeContext(chance));
  return { template: new Templates(chance).template(), json, templates: TEMPLATES };
}
