/** Templates with and without a trace: the output is the same, and all of it is told. */
import assert from 'node:assert/strict';
import {
  type CompileOptions,
  compile,
  type TemplateContext,
  TemplateError,
} from '../../functions/template/index.ts';
import { Seeded } from './seeded.ts';

interface Case {
  readonly template: string;
  readonly context: TemplateContext;
  readonly options: CompileOptions;
}

const LINE = /\r\n|\r|\n/;

/** Chance is the same for both. */
const optionsOf = ({ options }: Case, isTracing: boolean): CompileOptions => {
  const random = new Seeded(1);
  return { ...options, isTracing, random: () => random.next() };
};

function outcome(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `${error.type} in line ${error.line}, ${error.column}: ${error.message}`;
  }
}

function sourceOf({ template, options: { templates = {} } }: Case, name: string): string {
  if (name === 'template') return template;
  return (typeof templates === 'function' ? templates(name) : templates[name]) ?? '';
}

/** @throws AssertionError where a trace changes the output, or leaves a part of it untold */
export function compareTraced(given: Case): void {
  const { template, context } = given;
  const plain = outcome(() => compile(template, optionsOf(given, false)).render(context));
  const found = outcome(() => {
    const traced = compile(template, optionsOf(given, true)).trace(context);
    assert.equal(traced.length, traced.text.length, `told: ${template}`);
    for (const { line, column, ...part } of traced.contributions(0, traced.text.length)) {
      const source = sourceOf(given, part.template).split(LINE)[line - 1];
      const isThere = source !== undefined && column >= 1 && column <= source.length + 1;
      assert.ok(isThere, `${part.template}:${line}:${column} of ${JSON.stringify(template)}`);
      assert.ok(part.start < part.end);
    }
    return traced.text;
  });
  assert.equal(found, plain, `traced: ${JSON.stringify(template)}`);
}
