import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInputs } from '../../functions/core/inputs/read-inputs.ts';
import { mergeStatus } from '../../functions/core/status-merge.ts';
import type { Fields } from '../../functions/core/fields.ts';
import { readStatuses } from '../../functions/core/statuses.ts';

const OBJECT = 'configmaps/lb/config';
const { inputs } = readInputs({
  object: OBJECT,
  text: `
routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, namespaces: [shop, blog], status: write}
services: {apiVersion: v1, kind: Service}
`,
});
const read = (text: string) => readStatuses({ object: OBJECT, text, inputs });
const ROUTE = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'shop', name: 'a' };
const item = (more: object) => JSON.stringify({ ...ROUTE, status: {}, ...more });

test('the entries are read, sorted by object', () => {
  const { entries, diagnostics } = read(`
- ${item({ name: 'b', uid: '1', status: { n: 1 } })}
- ${item({ controllerName: 'c' })}
- {apiVersion: networking.k8s.io/v1, kind: Ingress, namespace: blog, name: a, status: {m: [x]}}
`);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(entries, [
    { ...ROUTE, namespace: 'blog', status: { m: ['x'] } },
    { ...ROUTE, controllerName: 'c', status: {} },
    { ...ROUTE, name: 'b', uid: '1', status: { n: 1 } },
  ]);
  assert.deepEqual(read('').entries, []);
});

for (const [what, text, code, message] of [
  ['is no YAML', '{', 'status-yaml', /does not render to YAML/],
  ['is no list', 'a: b', 'status-yaml', /does not render to a list/],
  ['is no object', '[a]', 'status-invalid', /item 1 is not an object/],
  ['has no name', `[${item({ name: '' })}]`, 'status-invalid', /item 1 lacks name/],
  ['has no status', `[${item({ status: 'x' })}]`, 'status-invalid', /lacks status/],
  ['has an odd uid', `[${item({ uid: 1 })}]`, 'status-invalid', /uid that is not text/],
  [
    'is there twice',
    `[${item({})}, ${item({})}]`,
    'status-invalid',
    /item 2 is ingress.* once more/,
  ],
  [
    'is of an input that does not say so',
    '[{apiVersion: v1, kind: Service, namespace: shop, name: a, status: {}}]',
    'status-invalid',
    /item 1 is service\/shop\/a, of which no input says "status: write"/,
  ],
  [
    'is of another namespace',
    `[${item({ namespace: 'other' })}]`,
    'status-invalid',
    /of which no input says/,
  ],
] as const)
  test(`what ${what} is told, and left out`, () => {
    const { entries, diagnostics } = read(text);
    const [diagnostic, ...others] = diagnostics;
    assert.deepEqual(others, []);
    assert.equal(diagnostic?.code, code);
    assert.match(diagnostic?.message ?? '', message);
    assert.deepEqual(diagnostic?.where.key, 'status.yaml');
    assert.equal(entries.length, text.includes('}, {') ? 1 : 0);
  });

test('a template that is wrong for all objects is told by some of them', () => {
  const text = JSON.stringify(Array.from({ length: 500 }, () => ({})));
  assert.equal(read(text).diagnostics.length, 20);
});

const NOW = '2026-01-02T03:04:05Z';
const BEFORE = '2026-01-01T00:00:00Z';
const condition = (type: string, status: string, more: object = {}) => ({ type, status, ...more });
const merge = (current: Fields, status: Fields, controllerName?: string) =>
  mergeStatus({
    current,
    entry: { status, ...(controllerName !== undefined && { controllerName }) },
    now: NOW,
  });

test('the time of a condition changes with its status alone', () => {
  const current = {
    conditions: [
      condition('A', 'True', { reason: 'Old', lastTransitionTime: BEFORE }),
      condition('B', 'True', { lastTransitionTime: BEFORE }),
    ],
    listeners: [
      { name: 'x', conditions: [condition('A', 'True', { lastTransitionTime: BEFORE })] },
      { name: 'y', conditions: [condition('A', 'True', { lastTransitionTime: BEFORE })] },
    ],
  };
  const wanted = {
    conditions: [condition('A', 'True', { reason: 'New' }), condition('B', 'False')],
    listeners: [
      { name: 'y', conditions: [condition('A', 'True')] },
      { name: 'x', conditions: [condition('A', 'False'), condition('B', 'True')] },
    ],
  };
  assert.deepEqual(merge(current, wanted), {
    conditions: [
      condition('A', 'True', { reason: 'New', lastTransitionTime: BEFORE }),
      condition('B', 'False', { lastTransitionTime: NOW }),
    ],
    listeners: [
      { name: 'y', conditions: [condition('A', 'True', { lastTransitionTime: BEFORE })] },
      {
        name: 'x',
        conditions: [
          condition('A', 'False', { lastTransitionTime: NOW }),
          condition('B', 'True', { lastTransitionTime: NOW }),
        ],
      },
    ],
  });
});

test('what is there already is not written', () => {
  const status = { conditions: [condition('A', 'True')], addresses: [{ value: 'a' }] };
  const written = merge({}, status) ?? assert.fail();
  assert.equal(merge(written, status), undefined);
  assert.equal(merge({ ...written, of: 'others' }, status), undefined);
});

test('members that are not named stay', () => {
  assert.deepEqual(merge({ a: 1, b: 2 }, { b: 3 }), { a: 1, b: 3 });
});

test('nothing is written to an object that has no parents of ours, and is to have none', () => {
  const theirs = { parentRef: { name: 'g' }, controllerName: 'them', conditions: [] };
  for (const current of [{}, { parents: [] }, { parents: [theirs] }])
    assert.equal(merge(current, { parents: [] }, 'us'), undefined);
});

test('of parents those of others stay, in whatever order, and ours go when they are not named', () => {
  const theirs = { parentRef: { name: 'g' }, controllerName: 'them', conditions: [] };
  const ours = { parentRef: { name: 'g' }, controllerName: 'us', conditions: [] };
  const other = { ...ours, parentRef: { name: 'h' } };
  assert.deepEqual(merge({ parents: [theirs] }, { parents: [ours] }, 'us'), {
    parents: [theirs, ours],
  });
  for (const parents of [
    [theirs, ours],
    [ours, theirs],
  ])
    assert.equal(merge({ parents }, { parents: [ours] }, 'us'), undefined);
  assert.deepEqual(merge({ parents: [ours, theirs] }, { parents: [other] }, 'us'), {
    parents: [theirs, other],
  });
  assert.deepEqual(merge({ parents: [ours, theirs] }, { parents: [] }, 'us'), {
    parents: [theirs],
  });
  for (const current of [{}, { parents: [theirs] }])
    assert.equal(merge(current, { parents: [] }, 'us'), undefined);
});

test('a later generation of the object is never taken back', () => {
  const of = (generation: number, status = 'True') => ({
    conditions: [condition('A', status, { observedGeneration: generation })],
  });
  assert.equal(merge(of(3), of(2, 'False')), undefined);
  assert.ok(merge(of(2), of(3)));
  assert.ok(merge(of(3), of(3, 'False')));
});
