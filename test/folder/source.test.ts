import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { appendFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isFeedId } from '../../functions/core/inputs/input.ts';
import { formatKey } from '../../functions/core/objects.ts';
import { createFolderSource } from '../../functions/folder/source.ts';
import type { Delivery } from '../../functions/core/source.ts';
import { folder } from '../kit/folder.ts';
import { configMap, pod } from '../kit/objects.ts';
import { until } from '../kit/until.ts';

function podYaml(name: string, ip = '10.0.0.1'): string {
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  namespace: shop\nstatus:\n  podIP: ${ip}\n`;
}

/** A running source, and the state that its deliveries add up to. */
function start(t: TestContext, path: string, rescanMs = 100) {
  const stop = new AbortController();
  const state = new Map<string, Record<string, unknown>>();
  const deliveries: Delivery[] = [];
  const source = createFolderSource({ path, settleMs: 40, rescanMs });
  const done = source.run((delivery) => {
    deliveries.push(delivery);
    for (const change of delivery.changes) {
      if (change.type === 'delete') state.delete(formatKey(change));
      else state.set(formatKey(change), JSON.parse(Buffer.from(change.json).toString('utf8')));
    }
  }, stop.signal);
  t.after(async () => {
    stop.abort();
    await done;
  });
  const isSynced = () => deliveries.at(-1)?.isSynced === true;
  const keys = () => [...state.keys()].sort().join(' ');
  return { source, state, deliveries, isSynced, keys };
}

test('documents, lists and JSON in folders are one set of objects', async (t) => {
  const path = await folder();
  await mkdir(join(path, 'pods'));
  await writeFile(join(path, 'a.yaml'), `# pods\n${podYaml('a')}---\n---\n${podYaml('b')}`);
  const list = {
    apiVersion: 'v1',
    kind: 'PodList',
    items: [{ ...pod({ name: 'c' }), kind: undefined }],
  };
  await writeFile(join(path, 'pods', 'c.json'), JSON.stringify(list));
  await writeFile(
    join(path, 'config.yml'),
    JSON.stringify({ kind: 'List', items: [configMap('config', { template: 'x' })] }),
  );
  await writeFile(join(path, 'other.yaml'), 'kind: Service\nmetadata: {name: x}\n');
  await writeFile(join(path, '.hidden.yaml'), podYaml('hidden'));
  await writeFile(join(path, 'notes.txt'), podYaml('notes'));
  const { keys, isSynced, source } = start(t, path);
  await until('it is synced', isSynced);
  assert.equal(keys(), 'configmaps/lb/config pods/shop/a pods/shop/b pods/shop/c');
  assert.deepEqual(source.diagnostics(), []);
});

test('changes, new files and removed ones are delivered, each as what it changes alone', async (t) => {
  const path = await folder();
  await writeFile(join(path, 'a.yaml'), `${podYaml('a')}---\n${podYaml('b')}`);
  const { keys, isSynced, deliveries, state } = start(t, path);
  await until('it is synced', isSynced);
  await writeFile(join(path, 'a.yaml'), `${podYaml('a', '10.0.0.2')}---\n${podYaml('b')}`);
  await until('the change is there', () => deliveries.length > 1);
  assert.equal(deliveries.at(-1)?.changes.length, 1);
  assert.deepEqual(state.get('pods/shop/a')?.status, { podIP: '10.0.0.2' });
  await writeFile(join(path, 'c.yaml'), podYaml('c'));
  await until('the new file is there', () => keys().endsWith('pods/shop/c'));
  await rm(join(path, 'a.yaml'));
  await until('the removed file is gone', () => keys() === 'pods/shop/c');
});

test('a half-written file is not read, whatever it parses as', async (t) => {
  const path = await folder();
  const file = join(path, 'a.yaml');
  await writeFile(file, `${podYaml('a')}---\n${podYaml('b')}`);
  const { keys, isSynced, deliveries } = start(t, path);
  await until('it is synced', isSynced);
  await writeFile(file, '');
  for (const part of [podYaml('a'), '---\n', podYaml('b', '10.0.0.7')]) {
    await appendFile(file, part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until('the whole is there', () => deliveries.length > 1);
  assert.deepEqual(
    deliveries.slice(1).map((d) => d.changes.map(formatKey)),
    [['pods/shop/b']],
  );
  assert.equal(keys(), 'pods/shop/a pods/shop/b');
});

test('JSON that is whole is taken before it settles, and half of it never', async (t) => {
  const path = await folder();
  const file = join(path, 'a.json');
  await writeFile(file, JSON.stringify(pod({ name: 'a' })));
  const { state, deliveries, isSynced } = start(t, path);
  await until('it is synced', isSynced);
  const next = JSON.stringify(pod({ name: 'a', ip: '10.0.0.2' }));
  for (let length = 10; length < next.length; length += 40) {
    await writeFile(file, next.slice(0, length));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writeFile(file, next);
  await until('the change is read', () =>
    JSON.stringify(state.get('pods/shop/a')).includes('.0.2'),
  );
  assert.ok(deliveries.every(({ changes }) => changes.every(({ type }) => type === 'put')));
});

test('JSON that is empty keeps what it last held: somebody writes it', async (t) => {
  const path = await folder();
  const file = join(path, 'a.json');
  await writeFile(file, JSON.stringify(pod({ name: 'a' })));
  const { keys, isSynced, source } = start(t, path);
  await until('it is synced', isSynced);
  await writeFile(file, '');
  const problem = await until('it is told', () => source.diagnostics()[0]);
  assert.deepEqual([problem.code, problem.where.object], ['manifest-syntax', file]);
  assert.equal(keys(), 'pods/shop/a');
});

test('a file that does not parse keeps what it last held, and says where', async (t) => {
  const path = await folder();
  await writeFile(join(path, 'a.yaml'), podYaml('a'));
  const { keys, isSynced, source } = start(t, path);
  await until('it is synced', isSynced);
  await writeFile(join(path, 'a.yaml'), `${podYaml('a')}\n  : : [\n`);
  const problem = await until('it is told', () => source.diagnostics()[0]);
  assert.equal(problem.code, 'manifest-syntax');
  assert.equal(problem.where.object, join(path, 'a.yaml'));
  assert.ok((problem.where.line ?? 0) >= 8, `line ${problem.where.line}`);
  assert.equal(keys(), 'pods/shop/a');
  await writeFile(join(path, 'a.yaml'), podYaml('z'));
  await until('it is mended', () => keys() === 'pods/shop/z');
  assert.deepEqual(source.diagnostics(), []);
});

test('nothing is synced while a file has never parsed', async (t) => {
  const path = await folder();
  await writeFile(join(path, 'a.yaml'), podYaml('a'));
  await writeFile(join(path, 'b.yaml'), '{');
  const { isSynced, source } = start(t, path);
  await until('it is told', () => source.diagnostics().length > 0);
  assert.equal(isSynced(), false);
  await writeFile(join(path, 'b.yaml'), podYaml('b'));
  await until('it is synced', isSynced);
});

test('a folder that is away is stale, and what it held stays', async (t) => {
  const path = join(await folder(), 'manifests');
  const { keys, isSynced, source } = start(t, path);
  await until('it is told', () => source.status()[0]?.stale?.code === 'source-unreadable');
  assert.equal(isSynced(), false);
  await mkdir(path);
  await writeFile(join(path, 'a.yaml'), podYaml('a'));
  await until('it is synced', isSynced);
  await rename(path, `${path}.away`);
  await until('it is stale', () => source.status()[0]?.stale);
  assert.equal(keys(), 'pods/shop/a');
  await rename(`${path}.away`, path);
  await until('it is current', () => !source.status()[0]?.stale);
});

test('an object in two files is taken once, from the first, and told', async (t) => {
  const path = await folder();
  await writeFile(join(path, 'a.yaml'), podYaml('a', '10.0.0.1'));
  await writeFile(join(path, 'b.yaml'), podYaml('a', '10.0.0.2'));
  const { state, isSynced, source } = start(t, path);
  await until('it is synced', isSynced);
  assert.deepEqual(state.get('pods/shop/a')?.status, { podIP: '10.0.0.1' });
  assert.deepEqual(
    source.diagnostics().map((d) => [d.severity, d.code]),
    [['warning', 'manifest-duplicate']],
  );
});

test('replacements in quick succession are all told of, in a folder below too', async (t) => {
  const path = await folder();
  await mkdir(join(path, 'pods'));
  const file = join(path, 'pods', 'a.yaml');
  await writeFile(file, podYaml('a'));
  // A look by the clock comes too late for this test: only the file system's word is in time.
  const { state, isSynced } = start(t, path, 600_000);
  await until('it is synced', isSynced);
  for (let n = 1; n <= 20; n++) {
    writeFileSync(`${file}.new`, podYaml('a', `10.0.0.${n}`));
    renameSync(`${file}.new`, file);
    await until(`the replacement ${n} is read`, () =>
      JSON.stringify(state.get('pods/shop/a')).includes(`"10.0.0.${n}"`),
    );
  }
});

test('a mounted ConfigMap, whose files are links that are swapped, is followed', async (t) => {
  const path = await folder();
  const version = async (name: string, ip: string) => {
    await mkdir(join(path, name));
    await writeFile(join(path, name, 'a.yaml'), podYaml('a', ip));
    await symlink(name, join(path, '..new'));
    await rename(join(path, '..new'), join(path, '..data'));
  };
  await version('..1', '10.0.0.1');
  await symlink(join('..data', 'a.yaml'), join(path, 'a.yaml'));
  const { state, isSynced } = start(t, path);
  await until('it is synced', isSynced);
  await version('..2', '10.0.0.2');
  await until('the new version is read', () =>
    JSON.stringify(state.get('pods/shop/a')).includes('10.0.0.2'),
  );
});

test('one file is a source too, and is followed when it is replaced', async (t) => {
  const path = join(await folder(), 'dump');
  await writeFile(path, podYaml('a'));
  const { keys, isSynced } = start(t, path);
  await until('it is synced', isSynced);
  await writeFile(`${path}.new`, podYaml('b'));
  await rename(`${path}.new`, path);
  await until('the new one is read', () => keys() === 'pods/shop/b');
});

test('objects of inputs are chosen as ConfigMap config names them, and follow it', async (t) => {
  const path = await folder();
  const route = (name: string, host: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'shop' },
    spec: { host },
    status: {},
  });
  const write = (file: string, value: object) => writeFile(join(path, file), JSON.stringify(value));
  const inputs = (fields: string) =>
    `routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [${fields}]}`;
  await write('a.json', route('a', 'x'));
  await write('config.json', configMap('config', { 'inputs.yaml': inputs('spec') }));
  const { state, deliveries, isSynced, source } = start(t, path);
  await until('it is synced', isSynced);
  const shown = () => [...state].filter(([key]) => isFeedId(key)).map(([, object]) => object);
  const { status: _, ...kept } = route('a', 'x');
  assert.deepEqual(shown(), [kept]);
  assert.deepEqual(Object.values(deliveries.at(-1)?.feeds ?? {}), ['read']);
  await write('a.json', route('a', 'y'));
  await until('it follows', () => JSON.stringify(shown()).includes('"y"'));
  await write('config.json', configMap('config', { 'inputs.yaml': inputs('status') }));
  await until('it keeps others', () => JSON.stringify(shown()).includes('"status"'));
  assert.equal(shown().length, 1);
  source.retain?.([{ config: { 'inputs.yaml': inputs('spec') } }]);
  await until('both are there', () => shown().length === 2);
  await rm(join(path, 'a.json'));
  await until('it is gone', () => shown().length === 0);
});

test('a file that is gone before it has settled is gone, though it was taken early', async (t) => {
  const path = await folder();
  await writeFile(join(path, 'a.json'), JSON.stringify(pod({ name: 'a' })));
  const { keys, isSynced } = start(t, path, 5);
  await until('it is synced', isSynced);
  const file = join(path, 'b.json');
  // Written anew all the time, it never settles.
  let number = 0;
  await until('it is taken', async () => {
    number += 1;
    await writeFile(file, JSON.stringify(pod({ name: 'b', ip: `10.0.0.${number % 250}` })));
    return keys().includes('pods/shop/b');
  });
  await rm(file);
  await until('it is gone', () => keys() === 'pods/shop/a');
});
