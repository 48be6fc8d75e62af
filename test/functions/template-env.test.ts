import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CREDENTIALS, readEnvAllow, templateEnv } from '../../functions/settings/template-env.ts';

const ENV = {
  ZONE_B: 'b',
  ZONE_A: 'a',
  HOME: '/root',
  EMPTY: '',
  GONE: undefined,
  KUBECONFIG: 'secret',
  STATISTICS_PASSWORD: 'secret',
};
const namesFor = (allowed: string) => Object.keys(templateEnv(ENV, readEnvAllow(allowed)));

test('templates see all of the environment but the credentials, sorted', () => {
  assert.deepEqual(namesFor('*'), ['EMPTY', 'HOME', 'ZONE_A', 'ZONE_B']);
});

test('or what is named, by whole names and by beginnings; never a credential', () => {
  assert.deepEqual(namesFor('HOME, ZONE_B, MISSING'), ['HOME', 'ZONE_B']);
  assert.deepEqual(namesFor('ZONE_*,EMPTY'), ['EMPTY', 'ZONE_A', 'ZONE_B']);
  assert.deepEqual(namesFor('KUBE*,STAT*'), []);
  assert.deepEqual(namesFor(''), []);
});

test('the documentation lists exactly what is hidden', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/templates.md'), 'utf8');
  const section = page.split('\n### env\n')[1]?.split('\nOther secrets')[0] ?? '';
  const named = [...section.matchAll(/`([A-Z0-9_]+)`/g)].map(([, name]) => name);
  assert.deepEqual(named, [...CREDENTIALS]);
});
