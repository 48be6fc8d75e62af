import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiBody } from '../../kubernetes/caller.ts';
import { begin, MERGE_PATCH, type Open } from './subject.ts';

const APPS = 'apps';
const EVENTS = 'events.k8s.io';

const revisionOf = (name: string, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { name, labels: { of: 'contract' } },
  data: { template: 'global\n' },
  revision: 1,
  ...more,
});

const causesOf = ({ details }: ApiBody): string[] =>
  [
    ...new Set((details as { causes: readonly { field: string }[] }).causes.map((c) => c.field)),
  ].sort();

export function kindsContract(what: string, open: Open): void {
  test(`a ControllerRevision: its data stays, its number may change: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = pathOf('controllerrevisions', APPS);
    const made = await admin.expect('POST', path, { body: revisionOf('r-1') });
    assert.deepEqual([made.kind, made.apiVersion], ['ControllerRevision', 'apps/v1']);
    const [again, exists] = await admin.send('POST', path, { body: revisionOf('r-1') });
    assert.deepEqual([again, exists.reason], [409, 'AlreadyExists']);
    assert.match(String(exists.message), /^controllerrevisions.apps "r-1" already exists$/);
    await admin.expect('POST', path, { body: revisionOf('r-2', { metadata: { name: 'r-2' } }) });
    const list = await admin.expect('GET', `${path}?labelSelector=of%3Dcontract`);
    assert.deepEqual([list.kind, list.apiVersion], ['ControllerRevisionList', 'apps/v1']);
    assert.deepEqual(
      list.items?.map(({ metadata, data }) => [metadata.name, data]),
      [['r-1', { template: 'global\n' }]],
    );
    for (const [method, body] of [
      ['PUT', { ...made, data: { template: 'defaults\n' } }],
      ['PATCH', { data: { more: 'x' } }],
    ] as const) {
      const contentType = method === 'PUT' ? 'application/json' : MERGE_PATCH;
      const [status, refused] = await admin.send(method, `${path}/r-1`, { body, contentType });
      assert.deepEqual([status, refused.reason, causesOf(refused)], [422, 'Invalid', ['data']]);
    }
    const bumped = await admin.expect('PUT', `${path}/r-1`, { body: { ...made, revision: 7 } });
    assert.equal(bumped.revision, 7);
    await admin.expect('DELETE', `${path}/r-1`);
    const [gone, missing] = await admin.send('GET', `${path}/r-1`);
    assert.deepEqual([gone, missing.message], [404, 'controllerrevisions.apps "r-1" not found']);
  });

  test(`a ControllerRevision that is none, or is too large: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = pathOf('controllerrevisions', APPS);
    for (const [more, fields] of [
      [{ data: undefined }, ['data']],
      [{ data: 'text' }, ['data']],
      [{ revision: -1 }, ['revision']],
    ] as const) {
      const [status, refused] = await admin.send('POST', path, { body: revisionOf('r', more) });
      assert.deepEqual([status, causesOf(refused)], [422, fields]);
    }
    for (const [size, expected] of [
      [1_400_000, 201],
      [1_600_000, 500],
      [3_200_000, 413],
    ] as const) {
      const body = revisionOf(`of-${size}`, { data: { x: 'x'.repeat(size) } });
      assert.equal((await admin.send('POST', path, { body }))[0], expected, `${size} bytes`);
    }
  });

  test(`an Event is made once and counted on: ${what}`, async (t) => {
    const { admin, namespace, pathOf } = await begin(t, open);
    const path = pathOf('events', EVENTS);
    const regarding = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'services' };
    const event = {
      metadata: { generateName: 'services-' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'kubernetes-haproxy/renderer',
      reportingInstance: 'renderer-0',
      action: 'Gate',
      reason: 'HeldBack',
      type: 'Warning',
      note: 'line 1: unknown keyword',
      regarding: { ...regarding, fieldPath: 'data[web]' },
    };
    const made = await admin.expect('POST', path, { body: event });
    assert.deepEqual([made.kind, made.apiVersion], ['Event', 'events.k8s.io/v1']);
    assert.match(made.metadata.name, /^services-[a-z0-9]{5,}$/);
    assert.deepEqual(made.regarding, event.regarding);
    for (const [more, field] of [
      [{ eventTime: undefined }, 'eventTime'],
      [{ reportingController: undefined }, 'reportingController'],
      [{ reportingInstance: undefined }, 'reportingInstance'],
      [{ action: undefined }, 'action'],
      [{ reason: undefined }, 'reason'],
      [{ type: 'Error' }, 'type'],
      [{ reportingController: 'no name' }, 'reportingController'],
      [{ note: 'x'.repeat(1025) }, 'message'],
      [{ regarding: undefined }, 'involvedObject.namespace'],
    ] as const) {
      const [status, refused] = await admin.send('POST', path, { body: { ...event, ...more } });
      assert.equal(status, 422, JSON.stringify(more));
      assert.deepEqual(causesOf(refused), [field]);
    }
    const at = `${path}/${made.metadata.name}`;
    const patch = (body: object) => admin.send('PATCH', at, { body, contentType: MERGE_PATCH });
    const lastObservedTime = '2026-01-01T00:01:00.000000Z';
    const [status, counted] = await patch({ series: { count: 2, lastObservedTime } });
    assert.deepEqual([status, counted.series], [200, { count: 2, lastObservedTime }]);
    assert.equal((await patch({ series: { count: 1 } }))[0], 422);
    assert.equal((await patch({ note: 'another' }))[0], 422);
    const list = await admin.expect('GET', path);
    assert.deepEqual([list.kind, list.items?.length], ['EventList', 1]);
    const named = { ...event, metadata: { name: 'services.0123456789abcdef' } };
    const first = await admin.expect('POST', path, { body: named });
    const [again, exists] = await admin.send('POST', path, { body: named });
    assert.deepEqual([again, exists.reason], [409, 'AlreadyExists']);
    const put = (body: object) => admin.send('PUT', `${path}/${first.metadata.name}`, { body });
    const repeated = { ...first, series: { count: 2, lastObservedTime } };
    assert.equal((await put(repeated))[0], 200);
    assert.deepEqual([(await put(repeated))[1].reason], ['Conflict']);
  });
}
