import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTable } from '../tables.ts';
import { type Case, startWorld, textsWith } from '../world.ts';
import { gateway, gatewayClass, listener } from './objects.ts';
import { hostCase, matchCase, pathCase, redirectCase } from './rows.ts';
import { RULES } from './rules.ts';

const BASE = [
  gatewayClass('haproxy', 'kubernetes-haproxy.internal/gateway'),
  gatewayClass('elsewhere', 'example.com/other'),
  gateway({ name: 'web', listeners: [listener('http'), listener('other', { port: 8080 })] }),
];

const table = (title: string, caseOf: (row: readonly string[], i: number) => Case) =>
  readTable('gateway', title).map((row, i) => [row.join(' | '), caseOf(row, i)] as const);

const CASES: ReadonlyArray<readonly [string, Case]> = [
  ...table('rules', matchCase),
  ...table('listener', hostCase),
  ...table('prefix', pathCase),
  ...table('redirect', redirectCase),
  ...Object.entries(RULES),
];

test('gateway serves what its README says', async (t) => {
  const objects = CASES.flatMap(([, { objects = [] }]) => objects);
  const world = await startWorld(t, textsWith('gateway', [...BASE, ...objects]));
  await Promise.all(CASES.map(([name, { check }]) => t.test(name, () => check(world))));
});

test('each rule of the README has a test', () => {
  const rows = readTable('gateway', 'rule').map(([first = '']) => first);
  assert.deepEqual(rows.sort(), Object.keys(RULES).sort());
  for (const title of ['rules', 'listener', 'prefix', 'redirect'])
    assert.ok(readTable('gateway', title).length >= 10, title);
});
