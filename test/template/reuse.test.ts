/** Reuse between renders: it happens where it may, and never shows. The long version renders more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, RenderMemo } from '../../functions/template/index.ts';
import { upTo } from '../kit/full-size.ts';
import { compareReuse } from './reuse.ts';
import { Seeded } from './seeded.ts';

test('random templates over a changing snapshot give the same with reuse as without', () => {
  for (let seed = 1; seed <= upTo(15, 80); seed++) compareReuse(new Seeded(seed), 6);
});

interface Item {
  readonly name: string;
}

const items = (...names: string[]): readonly Item[] =>
  Object.freeze(names.map((name) => Object.freeze({ name })));

/** How many of the rounds of a second render are new, told by the filter `random`'s source of chance. */
function newRounds(source: string, first: readonly Item[], second: readonly Item[]): number {
  let steps = 0;
  const template = compile(source);
  const memo = new RenderMemo();
  const spy = (list: readonly Item[]): readonly Item[] =>
    Object.freeze(
      list.map((item) => {
        const known = spies.get(item);
        if (known !== undefined) return known;
        const spied = Object.freeze(
          Object.defineProperty({}, 'name', {
            enumerable: true,
            get: () => {
              steps++;
              return item.name;
            },
          }),
        ) as Item;
        spies.set(item, spied);
        return spied;
      }),
    );
  const spies = new Map<Item, Item>();
  template.render({ items: spy(first) }, { memo });
  steps = 0;
  template.render({ items: spy(second) }, { memo });
  return steps;
}

const [a, b, c] = items('a', 'b', 'c') as [Item, Item, Item];
const d = items('d')[0] as Item;

const REUSED: Readonly<
  Record<string, readonly [source: string, second: readonly Item[], rounds: number]>
> = {
  'the same items': ['{% for i in items %}{{ i.name }}{% endfor %}', [a, b, c], 0],
  'one item changed': ['{% for i in items %}{{ i.name }}{% endfor %}', [a, d, c], 1],
  'items moved, where the body does not count': [
    '{% for i in items %}{{ i.name }}{% endfor %}',
    [c, b, a],
    0,
  ],
  'items moved, where the body counts': [
    '{% for i in items %}{{ loop.index }}{{ i.name }}{% endfor %}',
    [c, b, a],
    2,
  ],
  'an item more, where the body asks for the last': [
    '{% for i in items %}{{ i.name }}{{ "," if not loop.last }}{% endfor %}',
    [a, b, c, d],
    2,
  ],
  'a macro': [
    '{% macro m(i) %}{{ i.name }}{% endmacro %}{% for i in items %}{{ m(i) }}{% endfor %}',
    [a, b, d],
    1,
  ],
  'a tuple, and a macro that reads it': [
    '{% set t = ("a", 1) %}{% macro m(i) %}{{ i.name in t }}{% endmacro %}{% for i in items %}{{ m(i) }}{{ t[1] }}{% endfor %}',
    [a, b, d],
    1,
  ],
  'loop in a variable': [
    '{% for i in items %}{% set outer = loop %}{% for j in [1] %}{{ outer.index }}{{ i.name }}{% endfor %}{% endfor %}',
    [a, b, d],
    1,
  ],
  'a namespace': [
    '{% set ns = namespace(n=0) %}{% for i in items %}{% set ns.n = ns.n + 1 %}{{ i.name }}{% endfor %}',
    [a, b, c],
    3,
  ],
  'a cycler': [
    "{% set row = cycler('x', 'y') %}{% for i in items %}{{ row.next() }}{{ i.name }}{% endfor %}",
    [a, b, c],
    3,
  ],
  chance: ['{% for i in items %}{{ [1, 2]|random }}{{ i.name }}{% endfor %}', [a, b, c], 3],
  'the list itself': [
    '{% for i in items %}{{ items|length }}{{ i.name }}{% endfor %}',
    [a, b, c],
    3,
  ],
};

for (const [what, [source, second, rounds]] of Object.entries(REUSED)) {
  test(`rounds that run again: ${what}`, () => {
    assert.equal(newRounds(source, [a, b, c], second), rounds);
  });
}

test('nothing is kept of what is not frozen', () => {
  const template = compile('{% for i in items %}{{ i.name }}{% endfor %}');
  const memo = new RenderMemo();
  const item = { name: 'a' };
  assert.equal(template.render({ items: [item] }, { memo }), 'a');
  item.name = 'b';
  assert.equal(template.render({ items: [item] }, { memo }), 'b');
});

test('one memo serves several templates', () => {
  const memo = new RenderMemo();
  const list = items('a');
  for (const text of ['1', '2', '1']) {
    const template = compile(`{% for i in items %}${text}{{ i.name }}{% endfor %}`);
    assert.equal(template.render({ items: list }, { memo }), `${text}a`);
  }
});

test('a round whose target the body sets anew is not taken for another', () => {
  const source = "{% for k, v in pairs %}{{ k }}{% set k = 'set' %}{{ v.name }} {% endfor %}";
  const template = compile(source);
  const memo = new RenderMemo();
  const v = Object.freeze({ name: 'v' });
  const render = (k: string): string =>
    template.render({ pairs: Object.freeze([Object.freeze([k, v])]) }, { memo });
  assert.equal(render('first'), 'firstv ');
  assert.equal(render('set'), 'setv ');
});

test('a template that extends another some of the time gives its own text only at other times', () => {
  const template = compile(
    '{% if items|length > 1 %}{% extends "base" %}{% endif %}{% for i in items %}{{ i.name }}{% endfor %}',
    { templates: { base: 'base' } },
  );
  const memo = new RenderMemo();
  const [a, b] = ['a', 'b'].map((name) => Object.freeze({ name }));
  for (const [items, text] of [
    [[a], 'a'],
    [[a, b], 'base'],
    [[a], 'a'],
  ] as const) {
    assert.equal(template.render({ items: Object.freeze(items) }, { memo }), text);
  }
});
