import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createApiClient } from '../../../functions/kubernetes/client.ts';
import type { ApiBody, Caller, WatchLine } from '../../kubernetes/caller.ts';
import { begin, mapOf, type Open, type Subject } from './subject.ts';

const STREAM = 'watch=1&sendInitialEvents=true&allowWatchBookmarks=true';
const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** ConfigMaps of these names, made in another order. */
async function fill({ admin, pathOf }: Subject): Promise<string> {
  const path = pathOf('configmaps');
  for (const name of [...NAMES].reverse())
    await admin.expect('POST', path, { body: mapOf(name, { is: name }, { labels: { is: name } }) });
  return path;
}

const namesOf = ({ items = [] }: ApiBody): string[] => items.map(({ metadata }) => metadata.name);
const versionOf = ({ metadata }: ApiBody): number => Number(metadata.resourceVersion);

/** The lines of a watch up to the first that `isLast` says, or to its end. */
async function read(
  caller: Caller,
  path: string,
  isLast: (line: WatchLine) => boolean = () => false,
): Promise<WatchLine[]> {
  const lines: WatchLine[] = [];
  for await (const line of caller.watch(path)) {
    lines.push(line);
    if (isLast(line)) break;
  }
  return lines;
}

const tell = (lines: readonly WatchLine[]): string[] =>
  lines.map(({ type, object }) => `${type} ${object.metadata.name}`);

export function readingContract(what: string, open: Open): void {
  test(`a list is in the order of names, its items without a kind: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const path = await fill(subject);
    const list = await subject.admin.expect('GET', path);
    assert.deepEqual([list.kind, list.apiVersion], ['ConfigMapList', 'v1']);
    assert.deepEqual(namesOf(list), NAMES);
    assert.ok(list.items?.every((item) => !('kind' in item) && versionOf(item) <= versionOf(list)));
    const one = await subject.admin.expect('GET', `${path}?fieldSelector=metadata.name%3Db`);
    assert.deepEqual(namesOf(one), ['b']);
    const labelled = await subject.admin.expect('GET', `${path}?labelSelector=is%3Dc`);
    assert.deepEqual(namesOf(labelled), ['c']);
    const { kind, apiVersion } = await subject.admin.expect('GET', `${path}/a`);
    assert.deepEqual([kind, apiVersion], ['ConfigMap', 'v1']);
  });

  test(`a list of metadata alone has nothing else of its items: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const client = createApiClient(subject.server.admin);
    t.after(() => client.close());
    const path = await fill(subject);
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const query = { labelSelector: 'is in (a,b)' };
    const list = (await client.json({ path, query, accept, deadlineMs: 5000 })) as ApiBody;
    assert.deepEqual([list.kind, list.apiVersion], ['PartialObjectMetadataList', 'meta.k8s.io/v1']);
    assert.deepEqual(namesOf(list), ['a', 'b']);
    const items = list.items ?? [];
    assert.ok(items.every((item) => !('data' in item) && item.metadata.labels !== undefined));
    assert.ok(items.every((item) => versionOf(item) <= versionOf(list)));
  });

  test(`pages are all of the version of the first: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const path = await fill(subject);
    const first = await subject.admin.expect('GET', `${path}?limit=2`);
    await subject.admin.expect('POST', path, { body: mapOf('bb', {}) });
    await subject.admin.expect('DELETE', `${path}/d`);
    const next = (page: ApiBody) =>
      subject.admin.expect('GET', `${path}?limit=2&continue=${page.metadata.continue}`);
    const second = await next(first);
    const third = await next(second);
    assert.deepEqual([first, second, third].map(namesOf), [['a', 'b'], ['c', 'd'], ['e']]);
    assert.deepEqual(
      [first, second, third].map(({ metadata }) => metadata.remainingItemCount),
      [3, 1, undefined],
    );
    assert.equal(new Set([first, second, third].map(versionOf)).size, 1);
    assert.ok(!third.metadata.continue);
    assert.deepEqual(namesOf(await next(first)), ['c', 'd'], 'a page may be asked for again');
    const [status, refused] = await subject.admin.send('GET', `${path}?limit=2&continue=none`);
    assert.deepEqual([status, refused.reason], [400, 'BadRequest']);
  });

  test(`a watch goes on from a version, and a deletion tells the last state: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const path = await fill(subject);
    const { admin } = subject;
    const from = versionOf(await admin.expect('GET', path));
    await admin.expect('POST', path, { body: mapOf('f', { n: '1' }) });
    await admin.expect('PUT', `${path}/f`, { body: mapOf('f', { n: '2' }) });
    await admin.expect('DELETE', `${path}/f`);
    const isLast = ({ type }: WatchLine) => type === 'DELETED';
    const watch = `${path}?watch=1&resourceVersion=${from}&timeoutSeconds=20`;
    const lines = await read(admin, watch, isLast);
    assert.deepEqual(tell(lines), ['ADDED f', 'MODIFIED f', 'DELETED f']);
    assert.deepEqual(lines.at(-1)?.object.data, { n: '2' });
    const versions = [from, ...lines.map(({ object }) => versionOf(object))];
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => a - b),
    );
    assert.ok(
      lines.every(({ object }) => object.kind === 'ConfigMap' && object.apiVersion === 'v1'),
    );
    const one = await read(admin, `${watch}&fieldSelector=metadata.name%3Df`, isLast);
    assert.equal(one.length, 3);
  });

  test(`a streaming list ends with a bookmark that says so, and goes on as a watch: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const path = await fill(subject);
    const { admin } = subject;
    const query = `${STREAM}&resourceVersionMatch=NotOlderThan&timeoutSeconds=20`;
    const lines: WatchLine[] = [];
    for await (const line of admin.watch(`${path}?${query}`)) {
      lines.push(line);
      if (line.type === 'BOOKMARK' && lines.length === NAMES.length + 1)
        await admin.expect('DELETE', `${path}/a`);
      if (line.type === 'DELETED') break;
    }
    const synthetic = lines.slice(0, NAMES.length);
    assert.deepEqual(
      tell(synthetic).sort(),
      NAMES.map((name) => `ADDED ${name}`),
    );
    const end = lines[NAMES.length]?.object;
    assert.deepEqual(end?.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
    assert.equal(end?.kind, 'ConfigMap');
    assert.ok(synthetic.every(({ object }) => versionOf(object) <= versionOf(end as ApiBody)));
    const [refused] = await read(admin, `${path}?${STREAM}`);
    assert.equal(refused?.type, 'REFUSED');
    assert.equal(refused?.object.code, 422);
    assert.match(String(refused?.object.message), /sendInitialEvents/);
  });

  test(`bookmarks tell of progress elsewhere, where asked for; a watch ends at its timeout: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const path = await fill(subject);
    const other = (await begin(t, async () => subject.server)).pathOf('configmaps');
    const from = versionOf(await subject.admin.expect('GET', path));
    const { bookmarkSeconds } = subject.server;
    const watch = `${path}?watch=1&resourceVersion=${from}&timeoutSeconds=${bookmarkSeconds}`;
    const both = Promise.all([
      read(subject.admin, watch),
      read(subject.admin, `${watch}&allowWatchBookmarks=true`),
    ]);
    const isOver = both.then(() => true);
    for (let n = 0; !(await Promise.race([isOver, delay(100, false)])); n++)
      await subject.admin.expect('POST', other, { body: mapOf(`n-${n}`, {}) });
    const [without, marked] = await both;
    assert.deepEqual(without, []);
    assert.ok(marked.length > 0);
    for (const { type, object } of marked) {
      assert.deepEqual([type, object.kind], ['BOOKMARK', 'ConfigMap']);
      assert.ok(versionOf(object) >= from);
      assert.equal(object.metadata.annotations, undefined);
    }
  });

  test(`a watch from a version that is yet to come is told nothing, not even bookmarks: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const path = await fill(subject);
    const from = versionOf(await subject.admin.expect('GET', path)) + 1_000_000;
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${from}&timeoutSeconds=${subject.server.bookmarkSeconds}`;
    const reading = read(subject.admin, `${path}?${query}`);
    await subject.admin.expect('PUT', `${path}/a`, { body: mapOf('a', { n: '2' }) });
    assert.deepEqual(await reading, []);
  });

  test(`what a history was compacted to is gone, for watches and for pages: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const path = await fill(subject);
    const { admin } = subject;
    const first = await admin.expect('GET', `${path}?limit=2`);
    await admin.expect('DELETE', `${path}/a`);
    await subject.server.forget();
    const [status, page] = await admin.send(
      'GET',
      `${path}?limit=2&continue=${first.metadata.continue}`,
    );
    assert.deepEqual([status, page.reason], [410, 'Expired']);
    const from = versionOf(first);
    const lines = await read(admin, `${path}?watch=1&resourceVersion=${from}&timeoutSeconds=3`);
    assert.deepEqual(
      lines.map(({ type, object: { code, reason } }) => [type, code, reason]),
      [['ERROR', 410, 'Expired']],
    );
  });
}
