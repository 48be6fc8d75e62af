import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJson } from '../../functions/core/json.ts';
import { readService, selects } from '../../functions/core/services.ts';
import { memberOf } from '../../functions/template/json/index.ts';

const read = (text: string) => readService({ object: 'configmaps/lb/services', name: 'web', text });

test('a service keeps all of its JSON for the template, frozen', () => {
  const result = read('{"namespace":"shop","selector":{"app":"web"},"hostnames":["a"]}');
  assert.equal(result.kind, 'service');
  if (result.kind !== 'service') return;
  const hostnames = memberOf(result.service.fields, 'hostnames');
  assert.deepEqual(hostnames, ['a']);
  assert.ok(Object.isFrozen(hostnames));
});

const BAD: [reason: string, text: string, code: string, line?: number, column?: number][] = [
  ['a missing comma', '{"namespace": "a"\n "selector": {}}', 'service-json', 2, 2],
  ['a trailing comma', '{"namespace": "a",}', 'service-json', 1, 19],
  ['single quotes', "{'namespace': 1}", 'service-json', 1, 2],
  ['an unclosed object', '{"a": [1, 2]', 'service-json', 1, 13],
  ['nothing', '', 'service-json', 1, 1],
  ['more behind the end', '{}\n{}', 'service-json', 2, 1],
  ['a bare word', '{"a": yes}', 'service-json', 1, 7],
  ['a line break in a string', '{"a": "x\ny"}', 'service-json', 1, 7],
  ['a list', '[]', 'service-not-object'],
  ['null', 'null', 'service-not-object'],
  ['no namespace', '{"selector": {}}', 'service-namespace'],
  ['a namespace that is a number', '{"namespace": 1, "selector": {}}', 'service-namespace'],
  ['no selector', '{"namespace": "a"}', 'service-selector'],
  ['a selector of numbers', '{"namespace": "a", "selector": {"v": 1}}', 'service-selector'],
];

for (const [reason, text, code, line, column] of BAD)
  test(`left out, with its place: ${reason}`, () => {
    const result = read(text);
    assert.equal(result.kind, 'problem');
    if (result.kind !== 'problem') return;
    assert.equal(result.diagnostic.code, code);
    assert.equal(result.diagnostic.where.key, 'web');
    assert.equal(result.diagnostic.where.line, line);
    assert.equal(result.diagnostic.where.column, column);
  });

test('who selects as Kubernetes does is told what to write instead', () => {
  const messageOf = (selector: string) => {
    const result = read(`{"namespace": "a", "selector": ${selector}}`);
    return result.kind === 'problem' ? result.diagnostic.message : '';
  };
  assert.equal(
    messageOf('{"matchLabels": {"app": "web"}}'),
    'service web has "matchLabels" in its "selector": write its labels directly under "selector"; it is left out',
  );
  assert.match(messageOf('{"matchExpressions": []}'), /by labels and their values alone/);
  assert.equal(messageOf('{"matchLabels": "a label of this name"}'), '');
});

test('a byte order mark, which nobody sees, is named', () => {
  const result = read('\uFEFF{"namespace": "a", "selector": {}}');
  assert.ok(result.kind === 'problem');
  assert.match(result.diagnostic.message, /expected a value .*, not a byte order mark \(U\+FEFF\)/);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('whatever JSON.parse refuses, a place is found, and never one for what it takes', () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', 'x', ' '));
  fc.assert(
    fc.property(broken, ([json, at, insert]) => {
      const cut = at % (json.length + 1);
      const text = json.slice(0, cut) + insert + json.slice(cut + (at % 2));
      const result = readJson(text);
      assert.equal(result.kind, isJson(text) ? 'value' : 'problem');
      if (result.kind === 'value') return;
      assert.ok(result.problem.line === 1 && result.problem.column <= text.length + 1);
    }),
    { numRuns: 2000 },
  );
});

test('a selector needs every pair; an empty one selects all; inherited names are no labels', () => {
  const labels = { a: '1', b: '2' };
  assert.ok(selects([['a', '1']], labels));
  assert.ok(selects([['a', '1']], new Map(Object.entries(labels))));
  const two = [
    ['a', '1'],
    ['c', '3'],
  ] as const;
  assert.ok(!selects(two, labels));
  assert.ok(selects([], undefined));
  assert.ok(!selects([['a', '1']], undefined));
  assert.ok(!selects([['toString', 'x']], {}));
});
