import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, TemplateError } from '../../functions/template/index.ts';

test('templates that several import are the same to each, and what is another text is another', () => {
  let library = '{% macro m(x) %}[{{ x }}]{% endmacro %}';
  const templates = (name: string) => (name === 'library' ? library : undefined);
  const source = '{% import "library" as l %}{{ l.m(v) }}';
  const render = (name: string, v: unknown) => compile(source, { name, templates }).render({ v });
  assert.deepEqual([render('a', 1), render('b', 2), render('a', 3)], ['[1]', '[2]', '[3]']);
  library = '{% macro m(x) %}<{{ x }}>{% endmacro %}';
  assert.equal(render('a', 1), '<1>');
  const python2 = { templates, dialect: 'python2' } as const;
  library = '{% macro m(x) %}{{ 7 * 3 // 2 }}{% endmacro %}';
  assert.deepEqual([compile(source, python2).render(), render('a', 1)], ['7', '10']);
});

test('a fault of a template that several import is told to each', () => {
  const templates = (name: string) => (name === 'library' ? '\n{% if %}' : undefined);
  for (const name of ['a', 'b']) {
    const template = compile('{% import "library" as l %}', { name, templates });
    assert.throws(
      () => template.render(),
      (error) => error instanceof TemplateError && error.template === 'library' && error.line === 2,
    );
  }
});

test('the other dialect is told of by each that imports it', () => {
  const templates = () => '{{ 7 * 3 // 2 }}';
  for (const name of ['a', 'b']) {
    const template = compile('{% import "library" as l %}', { name, templates });
    template.render();
    assert.deepEqual(
      template.diagnostics.map(({ code, template: of }) => [code, of]),
      [['dialect-precedence', 'library']],
    );
  }
});
