import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, RenderMemo, TemplateError } from '../../functions/template/index.ts';
import { parseFieldPath, valuesAt } from '../../functions/template/values/inputs/field-path.ts';
import { changedList, indexedList } from '../../functions/template/values/inputs/indexed-list.ts';
import { Inputs } from '../../functions/template/values/inputs/inputs.ts';
import { upTo } from '../kit/full-size.ts';
import { Seeded } from './seeded.ts';

interface Thing {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly of: string;
  readonly ports: readonly { readonly port: number }[];
}

const orderOf = (item: object): string => {
  const { namespace, name } = (item as Thing).metadata;
  return `${namespace}/${name}`;
};
const thing = (namespace: string, name: string, of = 'x', ports: readonly number[] = []): Thing =>
  Object.freeze({
    metadata: Object.freeze({ namespace, name }),
    of,
    ports: Object.freeze(ports.map((port) => Object.freeze({ port }))),
  });
const listOf = (...things: readonly Thing[]) => indexedList([...things], orderOf);
const render = (source: string, lists: Readonly<Record<string, readonly object[]>>) =>
  compile(source).render({ inputs: new Inputs(new Map(Object.entries(lists))) });

test('a path of fields goes through lists, and has keys with dots in brackets', () => {
  assert.deepEqual(parseFieldPath('.a.b["c.d/e"][\'f\'].g'), ['a', 'b', 'c.d/e', 'f', 'g']);
  for (const wrong of ['', '.', 'a..b', 'a[0]', 'a b', 'a.', '["a"]b', 'a["b"'])
    assert.equal(parseFieldPath(wrong), undefined, wrong);
  const value = { rules: [{ host: 'a' }, {}, { host: 'b' }, 'no'] };
  assert.deepEqual(valuesAt(value, ['rules', 'host']), ['a', 'b']);
  assert.deepEqual(valuesAt(value, ['rules', 'host', 'x']), []);
});

test('a list is all that lists are, and its items are found by their fields', () => {
  const things = listOf(
    thing('a', '1', 'x', [80, 81]),
    thing('a', '2', 'y', [80]),
    thing('b', '1', 'x'),
  );
  const lists = { things, none: listOf() };
  const shown = (expression: string) =>
    render(
      `{% for t in ${expression} %}{{ t.metadata.namespace }}{{ t.metadata.name }} {% endfor %}`,
      lists,
    );
  assert.equal(shown('inputs.things'), 'a1 a2 b1 ');
  assert.equal(shown('inputs["things"]'), 'a1 a2 b1 ');
  assert.equal(shown('inputs.things|selectattr("of", "eq", "x")'), 'a1 b1 ');
  assert.equal(shown('inputs.things.by("of", "x")'), 'a1 b1 ');
  assert.equal(shown('inputs.things.by("ports.port", 80)'), 'a1 a2 ');
  assert.equal(shown('inputs.things.by("of", "x", "metadata.namespace", "b")'), 'b1 ');
  assert.equal(shown('inputs.things.by("of", "x").by("ports.port", 81)'), 'a1 ');
  assert.equal(shown('inputs.things.by("of", "nope")'), '');
  assert.equal(shown('inputs.things.by("of", "nope").by("ports.port", 80)'), '');
  assert.equal(shown('inputs.none.by("of", "x").by("of", "x")'), '');
  assert.equal(shown('inputs.none.by("of", "x")'), '');
  const told = (source: string) => render(source, lists);
  assert.equal(told('{{ inputs.things|length }} {{ inputs.things[1].of }}'), '3 y');
  assert.equal(told('{{ inputs.things.at("a", "2").of }} {{ inputs.things.at("2").of }}'), 'y y');
  assert.equal(told('{{ inputs.things.at("a", "3") is defined }}'), 'False');
  assert.equal(told('{% set t = inputs.things %}{{ t.at("a", "2").of }}'), 'y');
  assert.equal(told('{{ inputs }}'), '<Inputs things, none>');
});

test('what is asked in a wrong way is an error that says so', () => {
  const lists = { things: listOf() };
  for (const [expression, said] of [
    ['inputs.nope', "'Inputs object' has no attribute 'nope'"],
    ['inputs.nope.by("a", 1)', "has no attribute 'nope'"],
    ['inputs.things.by("a")', 'takes paths of fields, each with a value'],
    ['inputs.things.by("a..b", 1)', 'needs the path of a field'],
    ['inputs.things.at()', 'takes a name, or a namespace and a name'],
    ['inputs.things.at("a", "b").x', 'there is no a/b'],
    ['[].by("a", 1)', "has no attribute 'by'"],
  ] as const)
    assert.throws(
      () => render(`{{ ${expression}.x }}`, lists),
      (error) => error instanceof TemplateError && error.message.includes(said),
      expression,
    );
});

const TEMPLATES = [
  '{% for t in inputs.a %}{{ t.of }}:{% for o in inputs.b.by("of", t.of) %}{{ o.metadata.name }},{% endfor %}\n{% endfor %}',
  '{% for t in inputs.a %}{{ t.of }}:{{ inputs.b.at(t.metadata.namespace, t.metadata.name).of|default("-") }}\n{% endfor %}',
  '{% for t in inputs.a %}{{ t.of }}:{{ inputs.b|length }}\n{% endfor %}',
  '{% macro m(t) %}{{ inputs.b.by("ports.port", 1, "of", t.of)|map(attribute="metadata.name")|join(",") }}{% endmacro %}{% for t in inputs.a %}{{ t.of }}:{{ m(t) }}\n{% endfor %}',
  '{% set b = inputs.b %}{% for t in inputs.a %}{{ t.of }}:{{ b.by("of", t.of)|length }}\n{% endfor %}',
  '{% for t in inputs.a %}{% if inputs.b.by("of", "z") %}{{ t.of / 0 }}{% endif %}{{ t.of }}\n{% endfor %}',
];

function changed(list: readonly object[], random: Seeded): readonly object[] {
  const items = new Map((list as readonly Thing[]).map((item) => [orderOf(item), item]));
  const removed: Thing[] = [];
  const added: Thing[] = [];
  for (let i = random.below(3); i >= 0; i--) {
    const next = thing(
      random.pick(['a', 'b']),
      `${random.below(6)}`,
      random.chance(0.05) ? 'z' : random.pick(['x', 'y', 'w']),
      random.pick([[], [1], [1, 2], [2]]),
    );
    const before = items.get(orderOf(next));
    if (before && added.includes(before)) continue;
    if (before) removed.push(before);
    items.delete(orderOf(next));
    if (random.chance(0.3)) continue;
    items.set(orderOf(next), next);
    added.push(next);
  }
  const sorted = [...items.keys()].sort().map((key) => items.get(key) as Thing);
  return changedList(list, sorted, { removed, added });
}

test('with what earlier renders kept, a render gives what it gives without', () => {
  for (let seed = 0; seed < upTo(60, 150); seed++) {
    const random = new Seeded(seed);
    const source = random.pick(TEMPLATES);
    const template = compile(source);
    const memo = new RenderMemo();
    let [a, b] = [listOf(), listOf()] as [readonly object[], readonly object[]];
    for (let round = 0; round < 30; round++) {
      if (random.chance(0.5)) a = changed(a, random);
      else b = changed(b, random);
      const outcome = (lists: readonly (readonly object[])[], kept?: RenderMemo) => {
        const [first = [], second = []] = lists;
        const inputs = new Inputs(
          new Map([
            ['a', first],
            ['b', second],
          ]),
        );
        try {
          return template.render({ inputs }, kept ? { memo: kept } : {});
        } catch (error) {
          return (error as Error).message;
        }
      };
      const afresh = [a, b].map((list) => listOf(...(list as readonly Thing[])));
      assert.equal(outcome([a, b], memo), outcome(afresh), `${source} (seed ${seed})`);
    }
  }
});

test('a change costs the rounds that looked at what has changed', () => {
  const names = Array.from({ length: 2000 }, (_, i) => [`${10_000 + i}`, `of-${i}`] as const);
  let rounds = 0;
  const counted = names.map(([name, of]) => {
    const metadata = Object.freeze({ namespace: 'a', name });
    const read = () => {
      rounds++;
      return of;
    };
    return Object.freeze(
      Object.defineProperty({ metadata }, 'of', { get: read, enumerable: true }),
    );
  });
  const a = indexedList(counted, orderOf);
  let others = indexedList(
    names.map(([name, of]) => thing('a', name, of)),
    orderOf,
  );
  const template = compile(
    '{% for t in inputs.a %}{% for o in inputs.b.by("of", t.of) %}{{ o.metadata.name }}{% endfor %}\n{% endfor %}',
  );
  const memo = new RenderMemo();
  const rendered = (): number => {
    rounds = 0;
    const inputs = new Inputs(
      new Map([
        ['a', a],
        ['b', others],
      ]),
    );
    template.render({ inputs }, { memo });
    return rounds;
  };
  assert.equal(rendered(), 2000);
  assert.equal(rendered(), 0);
  const before = others[7] as Thing;
  const after = thing('a', before.metadata.name, 'of-8');
  const items = [...others];
  items[7] = after;
  others = changedList(others, items, { removed: [before], added: [after] });
  assert.equal(rendered(), 2, 'one that lost its other, and one that has two');
});
