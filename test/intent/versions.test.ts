import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { until } from '../kit/until.ts';
import { config, service, services, startJudged, TEMPLATE } from './judged.ts';

/** The system's, and the one that the tests are run with: two versions, where those are two. */
const BINARIES = ['haproxy', HAPROXY];

/** 2.6 does not know the keyword; from 3.3 on a backend may not have the name of a section `defaults`. */
const VERSIONED = TEMPLATE.replace('defaults\n', 'defaults named\n').replace(
  '{%- for pod in',
  '{%- if service.affinity %}\n  hash-preserve-affinity always\n{%- endif %}\n{%- for pod in',
);
const ENTRIES: Readonly<Record<string, object>> = {
  newer: { affinity: true },
  older: { backend: 'named' },
  none: { hostnames: ['x } { bad'] },
};

const head = 'defaults named\n  mode http\n  timeout connect 5s\n  timeout client 5s\n';
const listener = '  timeout server 5s\nfrontend f\n  bind 127.0.0.1:8000\n';
const SECTIONS: Readonly<Record<string, string>> = {
  newer: 'backend b\n  hash-preserve-affinity always\n',
  older: 'backend named\n',
  none: 'no such section\n',
};

/** Whether a version takes a section on its own. */
async function isTaken(binary: string, name: string): Promise<boolean> {
  const path = join(await folder(), 'haproxy.cfg');
  await writeFile(path, `${head}${listener}${SECTIONS[name]}`);
  return spawnSync(binary, ['-c', '-f', path]).status === 0;
}

/** The versions that refuse it. */
async function refusing(name: string): Promise<readonly string[]> {
  const taken = await Promise.all(BINARIES.map((binary) => isTaken(binary, name)));
  return BINARIES.filter((_, i) => !taken[i]);
}

test('an entry that one of several HAProxy versions refuses is held back, and what all take is served', async (t) => {
  const good = { web: service('web') };
  const { deliver, held, judged, text, publisher } = startJudged(t, {}, ...BINARIES);
  deliver([services(good), config({ template: VERSIONED })]);
  await text();
  await judged();
  const entries = Object.entries(ENTRIES).map(([name, more]) => [name, service(name, more)]);
  deliver([services({ ...good, ...Object.fromEntries(entries), all: service('all') })]);
  await judged();
  await until('the rest is served', async () => (await text()).includes('backend all'));
  const refused = new Map<string, readonly string[]>();
  for (const name of Object.keys(ENTRIES).sort()) {
    const by = await refusing(name);
    if (by.length > 0) refused.set(name, by);
  }
  assert.ok(refused.has('none') && refused.has('newer'));
  assert.deepEqual(
    held(),
    [...refused.keys()].map((name) => `services/${name}`),
  );
  for (const { message, hint, where } of publisher.status().diagnostics) {
    assert.match(message, /^HAProxy refuses it/);
    const [first] = refused.get(where.key ?? '') ?? assert.fail(where.key);
    assert.ok(hint.includes(`${first} -c was asked`), hint);
  }
});

test('a version that cannot be asked holds up nothing, and the others judge', async (t) => {
  const good = { web: service('web') };
  const { deliver, held, judged, text, publisher } = startJudged(
    t,
    {},
    '/nowhere/haproxy',
    HAPROXY,
  );
  deliver([services(good), config({ template: TEMPLATE })]);
  await text();
  deliver([services({ ...good, bad: service('bad', ENTRIES.none), all: service('all') })]);
  await judged();
  await until('the rest is served', async () => (await text()).includes('backend all'));
  assert.deepEqual(held(), ['services/bad']);
  assert.match(publisher.status().intent.unjudged ?? '', /nowhere/);
});
