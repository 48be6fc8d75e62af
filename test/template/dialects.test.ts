/** The two dialects: chosen for each compilation, and told where they differ. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../functions/template/index.ts';

interface Difference {
  readonly source: string;
  readonly jinja2: string;
  readonly python2: string;
  readonly code: string;
  readonly line: number;
}

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'a value set in a loop': {
    source:
      '{% set n = 0 %}\n{% for x in [1, 2, 3] %}{% set n = n + x %}{{ n }} {% endfor %}{{ n }}',
    jinja2: '\n1 2 3 0',
    python2: '\n1 3 6 0',
    code: 'dialect-set-in-loop',
    line: 2,
  },
  'a value set in a loop under a condition': {
    source:
      '{% for x in [1, 2, 1] %}{% if x == 2 %}{% set seen = true %}{% endif %}\n{{ seen is defined }}{% endfor %}',
    jinja2: '\nFalse\nTrue\nFalse',
    python2: '\nFalse\nTrue\nTrue',
    code: 'dialect-set-in-loop',
    line: 1,
  },
  'products and quotients': {
    source: '\n{{ 7 * 3 // 2 }}',
    jinja2: '\n10',
    python2: '\n7',
    code: 'dialect-precedence',
    line: 2,
  },
  'rounded halves': {
    source: '{{ 2.5|round }}',
    jinja2: '2.0',
    python2: '3.0',
    code: 'dialect-filter',
    line: 1,
  },
  'printed quotients': {
    source: '{{ 1 / 3 }}',
    jinja2: '0.3333333333333333',
    python2: '0.333333333333',
    code: 'dialect-float',
    line: 1,
  },
  'printed keys': {
    source: '\n{{ {"a": 1}.keys() }}',
    jinja2: "\ndict_keys(['a'])",
    python2: "\n['a']",
    code: 'dialect-view',
    line: 2,
  },
};

for (const [what, { source, jinja2, python2, code, line }] of Object.entries(DIFFERENCES)) {
  test(`the dialects differ, and a diagnostic says where: ${what}`, () => {
    const now = compile(source, { name: 'haproxy.cfg' });
    const then = compile(source, { name: 'haproxy.cfg', dialect: 'python2' });
    assert.equal(now.render(), jinja2);
    assert.equal(then.render(), python2);
    assert.equal(now.render(), jinja2, 'the other compilation changed nothing');
    for (const [template, setting] of [
      [now, "dialect: 'python2'"],
      [then, "dialect: 'jinja2'"],
    ] as const) {
      const [first, ...more] = template.diagnostics;
      assert.deepEqual(more, []);
      assert.deepEqual(
        [first?.code, first?.template, first?.line, first?.setting],
        [code, 'haproxy.cfg', line, setting],
      );
    }
  });
}

const SAME = [
  "{% for s in xs %}{% set outer = loop %}{% for p in xs %}{{ '%d_%d' % (outer.index, loop.index) }}{% endfor %}{% endfor %}",
  '{% set n = 1 %}{% for x in xs %}{% set m = x + n %}{{ m }}{% endfor %}{{ n }}',
  '{% for x in xs %}{% if x %}{% set y = 1 %}{% else %}{% set y = 2 %}{% endif %}{{ y }}{% endfor %}',
  '{{ 1 + 2 - 3 }}{{ 2 * 3 + 1 }}{{ 6 * (3 // 2) }}',
  '{{ xs|join(",") }}{{ d.iteritems()|list }}{{ d.has_key("a") }}',
];

for (const source of SAME) {
  test(`no diagnostic where the dialects agree: ${source}`, () => {
    const context = { xs: [1, 2], d: { a: 1 } };
    const template = compile(source);
    assert.deepEqual(template.diagnostics, []);
    assert.equal(template.render(context), compile(source, { dialect: 'python2' }).render(context));
  });
}

test('an included template is diagnosed when it was rendered', () => {
  const template = compile("{% include 'part' %}", { templates: { part: '\n{{ 7 * 3 // 2 }}' } });
  template.render();
  assert.deepEqual(
    template.diagnostics.map(({ template: name, line }) => [name, line]),
    [['part', 2]],
  );
});
