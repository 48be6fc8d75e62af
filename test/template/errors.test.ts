/** Errors are worth reading: where, what, the line with a caret, and what was expected or probably meant. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, TemplateError } from '../../functions/template/index.ts';
import { errorOf } from './outcome.ts';

const services = [{ name: 'web', pods: {} }];

interface Expected {
  readonly code: string;
  readonly type: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
  readonly hint?: string;
}

const CASES: Readonly<Record<string, readonly [source: string, expected: Expected]>> = {
  'an undefined variable, with the nearest name': [
    'global\n{% for s in service.items %}{% endfor %}',
    {
      code: 'template-undefined',
      type: 'UndefinedError',
      line: 2,
      column: 13,
      excerpt: '{% for s in service.items %}{% endfor %}\n            ^',
      hint: 'did you mean services?',
    },
  ],
  'an attribute of what is missing': [
    '{% for s in services %}\n  {{ s.nmae.upper() }}\n{% endfor %}',
    {
      code: 'template-undefined',
      type: 'UndefinedError',
      line: 2,
      column: 13,
      excerpt: '  {{ s.nmae.upper() }}\n            ^',
      hint: 'did you mean name?',
    },
  ],
  'an unknown filter, with the nearest name': [
    '{{ services|lenght }}',
    {
      code: 'template-syntax',
      type: 'TemplateAssertionError',
      line: 1,
      column: 13,
      excerpt: '{{ services|lenght }}\n            ^',
      hint: 'did you mean length?',
    },
  ],
  'a tag that is not closed': [
    'a\n{% if x %}\nb',
    {
      code: 'template-syntax',
      type: 'TemplateSyntaxError',
      line: 2,
      column: 11,
      excerpt: '{% if x %}\n          ^',
      hint: "expected 'elif' or 'else' or 'endif' before this",
    },
  ],
  'a missing bracket': [
    '{{ [1, 2 }}',
    {
      code: 'template-syntax',
      type: 'TemplateSyntaxError',
      line: 1,
      column: 10,
      excerpt: '{{ [1, 2 }}\n         ^',
    },
  ],
  'a type error, at the operator that fails': [
    'x\n\t{{ 1 + "a" }}',
    {
      code: 'template-runtime',
      type: 'TypeError',
      line: 2,
      column: 5,
      excerpt: '\t{{ 1 + "a" }}\n\t   ^',
    },
  ],
};

for (const [what, [source, expected]] of Object.entries(CASES)) {
  test(`an error says where and what: ${what}`, () => {
    const { code, type, line, column, excerpt, hint } = errorOf(source, { services });
    assert.deepEqual({ code, type, line, column, excerpt, ...(hint && { hint }) }, expected);
  });
}

test('an error in another template names that template', () => {
  const templates = { backend: 'b\n{{ nope.x }}', broken: '\n{% nope %}' };
  const options = { name: 'haproxy.cfg', templates };
  const inside = errorOf("{% include 'backend' %}", {}, options);
  assert.deepEqual([inside.template, inside.line], ['backend', 2]);
  const broken = errorOf("{% include 'broken' %}", {}, options);
  assert.deepEqual([broken.template, broken.line, broken.code], ['broken', 2, 'template-syntax']);
  assert.equal(errorOf('{{ nope.x }}', {}, options).template, 'haproxy.cfg');
});

test('an error in a macro is where the macro fails, not where it is called', () => {
  assert.equal(errorOf('{% macro m(x) %}\n\n{{ x.y.z }}{% endmacro %}\n\n{{ m(1) }}').line, 3);
});

test('a long line is cut around the caret', () => {
  const source = `${'x'.repeat(500)}{{ nope.x }}${'y'.repeat(500)}`;
  const [line = '', caret = ''] = errorOf(source).excerpt.split('\n');
  assert.ok(line.length <= 160);
  assert.equal(line.slice(caret.length - 1).startsWith('nope.x }}'), true);
});

test('an option that makes no sense is refused when compiling', () => {
  assert.throws(() => compile('', { dialect: 'python3' as 'python2' }), /dialect must be/);
  assert.throws(() => compile('', { block_start_string: '' }), /must be a text that is not empty/);
  assert.throws(() => compile('', { variable_start_string: '{%' }), /must be different/);
  assert.throws(
    () => compile('', { limits: { steps: 0 } }),
    /limits.steps must be a number above 0/,
  );
  assert.throws(() => compile(undefined as unknown as string), /a template must be a text/);
});

test('a compile error is thrown by compile, a runtime error by render', () => {
  assert.throws(() => compile('{{'), TemplateError);
  const template = compile('{{ nope.x }}');
  assert.throws(() => template.render({}), TemplateError);
});
