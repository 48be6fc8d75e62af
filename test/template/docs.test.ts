/** Every example of docs/templates.md does what the page says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compile, TemplateError } from '../../functions/template/index.ts';
import { DEFAULT_LIMITS } from '../../functions/template/runtime/state.ts';
import {
  MAX_BITS,
  MAX_ITEMS,
  MAX_RANGE,
  MAX_TEXT,
} from '../../functions/template/values/limits.ts';

const page = readFileSync(new URL('../../../docs/templates.md', import.meta.url), 'utf8');

interface Block {
  readonly info: string;
  readonly body: string;
}

const blocks: Block[] = [...page.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm)].map(
  ([, info = '', body = '']) => ({ info, body }),
);

function outcome(source: string, dialect: 'jinja2' | 'python2'): string {
  const context = JSON.parse(blocks.find(({ info }) => info === 'json')?.body ?? '{}');
  try {
    return `${compile(source, { dialect }).render(context).trimEnd()}\n`;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `${error.type}: ${error.message}\n`;
  }
}

const examples = blocks.flatMap((block, i) =>
  block.info.startsWith('jinja') ? [{ block, answer: blocks[i + 1] as Block }] : [],
);

test('the page has examples', () => {
  assert.ok(examples.length >= 8);
});

for (const { block, answer } of examples) {
  test(`the page's example ${JSON.stringify(block.body.slice(0, 50))}`, () => {
    assert.ok(['text', 'error'].includes(answer.info));
    const dialect = block.info.endsWith('python2') ? 'python2' : 'jinja2';
    assert.equal(outcome(block.body, dialect), answer.body);
  });
}

test('the codes of diagnostics on the page are those that templates get', () => {
  const source =
    '{{ 7 * 3 // 2 }}{{ 1 < "a" }}{{ 1 / 3 }}{{ x.keys() }}{{ 2.5|round }}{% set n = 0 %}{% for i in [1] %}{% set n = n + 1 %}{% endfor %}';
  const given = new Set(compile(source).diagnostics.map(({ code }) => String(code)));
  const listed = new Set(page.match(/(?<=^\| `)dialect-[a-z-]+/gm));
  assert.deepEqual([...given].sort(), [...listed].sort());
});

test('the table of limits has those of the code', () => {
  const section = page.split('\n## Limits\n')[1]?.split('\n## ')[0] ?? '';
  const limits = [MAX_RANGE, MAX_TEXT, MAX_ITEMS, MAX_BITS, ...Object.values(DEFAULT_LIMITS)];
  for (const limit of limits) {
    assert.ok(section.includes(`| ${limit.toLocaleString('en')}`), String(limit));
  }
});
