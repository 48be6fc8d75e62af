/** No template changes the context: what is frozen cannot be changed, of all else a copy is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, TemplateError } from '../../functions/template/index.ts';
import { errorOf, outcome } from './outcome.ts';

const context = () => ({
  xs: [2, 1],
  d: { a: [1] },
  map: new Map([['a', [1]]]),
});

const shown = ({ xs, d, map }: ReturnType<typeof context>): string =>
  JSON.stringify([xs, d, [...map]]);

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of value instanceof Map ? value.values() : Object.values(value)) freeze(item);
  }
  return value;
}

const CHANGES = [
  '{{ xs.append(3) }}',
  '{{ xs.pop() }}',
  '{{ xs.clear() }}',
  '{{ xs.sort() }}',
  '{{ xs.reverse() }}',
  '{{ xs.insert(0, 9) }}',
  '{{ xs.extend([9]) }}',
  '{{ xs.remove(1) }}',
  '{{ d.update(b=1) }}',
  "{{ d.pop('a') }}",
  '{{ d.clear() }}',
  "{{ d.setdefault('z', 1) }}",
  '{{ d.popitem() }}',
  '{{ d.a.append(9) }}',
  '{{ map.a.append(9) }}',
  "{{ map.pop('a') }}",
  "{{ xs['append'](9) }}",
  "{{ (xs|attr('append'))(9) }}",
  "{{ (xs|attr('app' ~ 'end'))(9) }}",
  "{{ xs['app' ~ 'end'](9) }}",
  "{{ ([xs]|map(attribute='append')|first)(9) }}",
  "{{ ([xs]|map(attribute='app' ~ 'end')|first)(9) }}",
  '{{ (d.values()|first).append(9) }}',
  "{% set f = xs['app' ~ 'end'] %}{{ f(9) }}",
  "{% set ns = namespace(f=xs['app' ~ 'end']) %}{{ ns.f(9) }}",
  "{% set ns = namespace() %}{% set ns.f = xs['app' ~ 'end'] %}{{ ns.f(9) }}",
  "{{ {'f': xs['app' ~ 'end']}.f(9) }}",
  "{% macro m(f) %}{{ f(9) }}{% endmacro %}{{ m(xs['app' ~ 'end']) }}",
  "{% for f in [xs['app' ~ 'end']] %}{{ f(9) }}{% endfor %}",
  "{{ cycler(xs['app' ~ 'end']).next()(9) }}",
  "{% include 'changes' %}",
];

const templates = { changes: '{{ xs.append(3) }}' };

for (const source of CHANGES) {
  test(`the caller's own data stays as it is: ${source}`, () => {
    const data = context();
    outcome(source, data, { templates });
    assert.equal(shown(data), shown(context()));
  });

  test(`frozen data cannot be changed: ${source}`, () => {
    const data = freeze(context());
    const result = outcome(source, data, { templates });
    assert.ok(result instanceof TemplateError || !/9|3/.test(result), String(result));
    assert.equal(shown(data), shown(context()));
  });
}

test('a change of frozen data says what it would change, and where', () => {
  const error = errorOf('a\n  {{ xs.append(3) }}', freeze(context()));
  assert.equal(error.line, 2);
  assert.match(
    error.message,
    /'list' object comes from the context, which is read-only: append\(\)/,
  );
});

test("a template sees its own changes, as in Python, and each render starts from the caller's data", () => {
  const template = compile('{% set _ = xs.append(3) %}{{ xs }}{% set _ = d.update(b=xs) %}{{ d }}');
  const data = context();
  const expected = "[2, 1, 3]{'a': [1], 'b': [2, 1, 3]}";
  assert.equal(template.render(data), expected);
  assert.equal(template.render(data), expected);
});

test('lists and dicts that the template makes are its own', () => {
  const source =
    '{% set l = [1] %}{% set _ = l.append(2) %}{{ l }}{% set d = {} %}{% set _ = d.update(a=l) %}{{ d }}';
  assert.equal(outcome(source), "[1, 2]{'a': [1, 2]}");
});
