import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { ENDPOINT_GROUPS, ENDPOINT_KINDS } from '../../functions/core/inputs/flow.ts';
import { REASONS } from '../../functions/core/occurrence.ts';
import { API_ERROR_HINTS } from '../../functions/kubernetes/api-error.ts';
import { buildKustomization } from '../k8s/kustomization.ts';

const DOCS = readFileSync(resolve('docs/kubernetes.md'), 'utf8');

const sectionOf = (heading: string): string =>
  DOCS.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? assert.fail(heading);

test('every code that an operator may see is explained', () => {
  const codes = [...sectionOf('What goes wrong').matchAll(/^\| `(kubernetes-[a-z]+)` \|/gm)];
  assert.deepEqual(codes.map(([, code]) => code).sort(), Object.keys(API_ERROR_HINTS).sort());
});

test('every reason of an Event is explained', () => {
  const rows = [...sectionOf('Events').matchAll(/^\| `(\w+)` \| (\w+) \| (.+) \|$/gm)];
  const told = Object.entries(REASONS).map(([reason, { type, meaning }]) => [
    reason,
    type,
    meaning,
  ]);
  assert.deepEqual(
    rows.map(([, ...cells]) => cells),
    told,
  );
});

test('the rules that are documented are those of the manifests', () => {
  const [, block = ''] = /```yaml\n([\s\S]+?)```/.exec(sectionOf('What is read')) ?? [];
  const objects = ['renderer', 'namespace-pods'].flatMap((name) =>
    buildKustomization(resolve('k8s', name)),
  );
  const roles = objects.filter(({ kind }) => /Role$/.test(kind));
  const show = (rules: unknown[]) => rules.map((rule) => JSON.stringify(rule)).sort();
  assert.deepEqual(show(parse(block)), show(roles.flatMap(({ rules }) => rules as unknown[])));
});

test('the table of what kinds count as has those of the code', () => {
  const names = (line: RegExp) =>
    [...(line.exec(DOCS)?.[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort();
  assert.deepEqual(
    names(/^\| of the core group: (.*) \| endpoints \|$/m),
    [...ENDPOINT_KINDS].sort(),
  );
  assert.deepEqual(names(/^\| of the groups (.*) \| endpoints \|$/m), [...ENDPOINT_GROUPS].sort());
});
