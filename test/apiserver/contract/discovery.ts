import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiBody, Caller, WatchLine } from '../../kubernetes/caller.ts';
import { until } from '../../kit/until.ts';
import { begin, MERGE_PATCH, mapOf, type Open } from './subject.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = `${CRDS}/widgets.example.com`;
const STREAM = 'watch=1&sendInitialEvents=true&allowWatchBookmarks=true';

interface Listed {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const versionOf = (name: string, served: boolean, storage: boolean) => ({
  name,
  served,
  storage,
  schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
});

const definition = () => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    scope: 'Namespaced',
    versions: [versionOf('v1', true, false), versionOf('v2', true, true)],
  },
});

/** Where a kind is, as the API tells it; undefined where it does not. */
async function find(caller: Caller, path: string, kind: string): Promise<Listed | undefined> {
  const [status, list] = await caller.send('GET', path);
  if (status === 404) return undefined;
  assert.equal(status, 200, path);
  const all = list.resources as readonly Listed[];
  return all.find((one) => one.kind === kind && !one.name.includes('/'));
}

const tell = ({ type, object }: WatchLine): string => `${type} ${object.metadata.name}`;

export function discoveryContract(what: string, open: Open): void {
  test(`each version of a group tells which kinds it has, and where: ${what}`, async (t) => {
    const { admin } = await begin(t, open);
    for (const [path, kind, name, namespaced] of [
      ['/api/v1', 'Pod', 'pods', true],
      ['/api/v1', 'Node', 'nodes', false],
      ['/apis/discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', true],
      ['/apis/networking.k8s.io/v1', 'Ingress', 'ingresses', true],
    ] as const) {
      const found = await find(admin, path, kind);
      assert.deepEqual([found?.name, found?.namespaced], [name, namespaced], kind);
      assert.ok(found?.verbs.includes('list') && found.verbs.includes('watch'));
    }
    assert.equal(await find(admin, '/apis/networking.k8s.io/v1', 'Widget'), undefined);
    for (const path of ['/apis/example.org/v1', '/apis/networking.k8s.io/v0', '/apis/example.org'])
      assert.equal((await admin.send('GET', path))[0], 404, path);
    const group = await admin.expect('GET', '/apis/discovery.k8s.io');
    const versions = group.versions as readonly { readonly groupVersion: string }[];
    assert.ok(versions.some(({ groupVersion }) => groupVersion === 'discovery.k8s.io/v1'));
  });

  test(`a kind comes while the server runs, loses a version, and goes: ${what}`, async (t) => {
    const { admin, namespace } = await begin(t, open);
    const path = (version: string) =>
      `/apis/example.com/${version}/namespaces/${namespace}/widgets`;
    const isServed = async (version: string): Promise<boolean> =>
      (await find(admin, `/apis/example.com/${version}`, 'Widget')) !== undefined &&
      (await admin.send('GET', path(version)))[0] === 200;
    assert.equal((await admin.send('GET', path('v1')))[0], 404);
    await admin.expect('POST', CRDS, { body: definition() });
    try {
      await until('it is served', () => isServed('v1'));
      const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' } };
      await admin.expect('POST', path('v1'), { body: { ...widget, spec: { size: 1 } } });
      const list = await admin.expect('GET', path('v2'));
      assert.deepEqual([list.kind, list.apiVersion], ['WidgetList', 'example.com/v2']);
      assert.deepEqual(
        list.items?.map(({ metadata, spec }) => [metadata.name, metadata.namespace, spec]),
        [['a', namespace, { size: 1 }]],
      );

      const versions = [versionOf('v1', false, false), versionOf('v2', true, true)];
      const patch = { body: { spec: { versions } }, contentType: MERGE_PATCH };
      await admin.expect('PATCH', WIDGETS, patch);
      await until('it loses a version', async () => !(await isServed('v1')));
      assert.equal((await admin.send('GET', path('v1')))[0], 404);
      // For a moment the server has neither.
      await until('it has the other', () => isServed('v2'));

      const from = (await admin.expect('GET', path('v2'))).metadata.resourceVersion;
      const lines: WatchLine[] = [];
      const watched = (async () => {
        for await (const line of admin.watch(`${path('v2')}?watch=1&resourceVersion=${from}`))
          lines.push(line);
      })();
      await admin.expect('DELETE', WIDGETS);
      await until('it goes', async () => !(await isServed('v2')));
      await watched;
      assert.deepEqual(lines.map(tell), ['DELETED a'], 'its objects go with it, and so do watches');
    } finally {
      await admin.send('DELETE', WIDGETS);
    }
  });

  test(`what is in no namespace says so by having none: ${what}`, async (t) => {
    const { admin, namespace } = await begin(t, open);
    const path = '/api/v1/namespaces';
    const of = `${path}?fieldSelector=metadata.name%3D${namespace}`;
    const [found] = (await admin.expect('GET', of)).items as readonly ApiBody[];
    assert.ok(found && !('namespace' in found.metadata));
  });

  test(`a watch by labels is told of what is not among them any more: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = pathOf('configmaps');
    const label = (name: string, is: string) =>
      admin.expect('PATCH', `${path}/${name}`, {
        body: { metadata: { labels: { is } } },
        contentType: MERGE_PATCH,
      });
    await admin.expect('POST', path, { body: mapOf('a', {}, { labels: { is: 'in' } }) });
    await admin.expect('POST', path, { body: mapOf('b', {}, { labels: { is: 'out' } }) });
    const query = `${STREAM}&resourceVersionMatch=NotOlderThan&labelSelector=is%20in%20(in,x)`;
    const lines: string[] = [];
    let last = 0;
    for await (const line of admin.watch(`${path}?${query}`)) {
      const { metadata } = line.object;
      if (line.type === 'BOOKMARK') {
        if (!metadata.annotations) continue;
        await label('b', 'in');
        await label('a', 'out');
        await label('b', 'x');
        await admin.expect('DELETE', `${path}/b`);
        continue;
      }
      lines.push(tell(line));
      if (lines.length > 1) {
        assert.ok(Number(metadata.resourceVersion) > last, 'versions grow, be it told as deleted');
        last = Number(metadata.resourceVersion);
      }
      if (lines.at(-1) === 'DELETED b') break;
    }
    assert.deepEqual(lines, ['ADDED a', 'ADDED b', 'DELETED a', 'MODIFIED b', 'DELETED b']);
  });
}
