import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiBody, Caller } from '../../kubernetes/caller.ts';
import { begin, MERGE_PATCH, mapOf, type Open } from './subject.ts';

const MEBIBYTE = 1024 * 1024;

/** Adds one to a number in a ConfigMap, however many others do at the same time. */
async function addOne(caller: Caller, path: string): Promise<void> {
  for (;;) {
    const known = await caller.expect('GET', path);
    const { n } = known.data as { n: string };
    const body = { ...known, data: { n: String(Number(n) + 1) } };
    const [status] = await caller.send('PUT', path, { body });
    if (status === 200) return;
    assert.equal(status, 409);
  }
}

interface Managed {
  readonly manager: string;
  readonly operation: string;
  readonly fieldsV1: Readonly<Record<string, unknown>>;
}

const managedOf = ({ metadata }: ApiBody): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    ((metadata.managedFields ?? []) as readonly Managed[]).map((entry) => {
      assert.equal(entry.operation, 'Update');
      return [entry.manager, entry.fieldsV1['f:data']];
    }),
  );

export function writingContract(what: string, open: Open): void {
  test(`an object that is made is given its identity; it is made once: ${what}`, async (t) => {
    const { admin, namespace, pathOf } = await begin(t, open);
    const path = pathOf('configmaps');
    const made = await admin.expect('POST', path, { body: mapOf('a', { k: 'v' }) });
    assert.deepEqual([made.kind, made.apiVersion, made.data], ['ConfigMap', 'v1', { k: 'v' }]);
    assert.equal(made.metadata.namespace, namespace);
    assert.match(String(made.metadata.uid), /^[0-9a-f-]{36}$/);
    assert.match(String(made.metadata.resourceVersion), /^[1-9]\d*$/);
    assert.match(String(made.metadata.creationTimestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(await admin.expect('GET', `${path}/a`), made);
    const [status, again] = await admin.send('POST', path, { body: mapOf('a', {}) });
    assert.deepEqual([status, again.reason], [409, 'AlreadyExists']);
    assert.deepEqual(again.details, { name: 'a', kind: 'configmaps' });
    const race = await Promise.all(
      [1, 2, 3].map((n) => admin.send('POST', path, { body: mapOf('b', { n: String(n) }) })),
    );
    assert.deepEqual(race.map(([each]) => each).sort(), [201, 409, 409]);
  });

  test(`an update holds the version that it was made from, if it names one: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = pathOf('configmaps');
    const first = await admin.expect('POST', path, { body: mapOf('a', { n: '1' }) });
    const second = await admin.expect('PUT', `${path}/a`, { body: { ...first, data: { n: '2' } } });
    assert.ok(Number(second.metadata.resourceVersion) > Number(first.metadata.resourceVersion));
    assert.equal(second.metadata.uid, first.metadata.uid);
    assert.equal(second.metadata.creationTimestamp, first.metadata.creationTimestamp);
    const [status, stale] = await admin.send('PUT', `${path}/a`, { body: first });
    assert.deepEqual([status, stale.reason], [409, 'Conflict']);
    assert.match(String(stale.message), /^Operation cannot be fulfilled on configmaps "a"/);
    const third = await admin.expect('PUT', `${path}/a`, { body: mapOf('a', { n: '3' }) });
    const same = await admin.expect('PUT', `${path}/a`, { body: mapOf('a', { n: '3' }) });
    assert.equal(same.metadata.resourceVersion, third.metadata.resourceVersion, 'no change');
    const [none, missing] = await admin.send('PUT', `${path}/z`, { body: mapOf('z', {}) });
    assert.deepEqual([none, missing.reason], [404, 'NotFound']);
    const [other] = await admin.send('PUT', `${path}/a`, { body: mapOf('b', {}) });
    assert.equal(other, 400);
  });

  test(`a merge patch sets and removes, at a version or at any: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = `${pathOf('configmaps')}/a`;
    const first = await admin.expect('POST', pathOf('configmaps'), {
      body: mapOf('a', { n: '1', gone: 'x' }),
    });
    const patch = (body: object, contentType = MERGE_PATCH) =>
      admin.send('PATCH', path, { body, contentType });
    const [status, second] = await patch({ data: { n: '2', gone: null, m: '3' } });
    assert.deepEqual([status, second.data], [200, { n: '2', m: '3' }]);
    const { resourceVersion } = first.metadata;
    const [conflict, stale] = await patch({ metadata: { resourceVersion }, data: { n: '4' } });
    assert.deepEqual([conflict, stale.reason], [409, 'Conflict']);
    assert.equal((await patch({ data: {} }, 'application/json'))[0], 415);
    const [none] = await admin.send('PATCH', `${path}z`, { body: {}, contentType: MERGE_PATCH });
    assert.equal(none, 404);
  });

  test(`a deletion may hold to an identity and a version: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = `${pathOf('configmaps')}/a`;
    const made = await admin.expect('POST', pathOf('configmaps'), { body: mapOf('a', {}) });
    for (const preconditions of [{ resourceVersion: '1' }, { uid: 'another' }]) {
      const [status, stale] = await admin.send('DELETE', path, { body: { preconditions } });
      assert.deepEqual([status, stale.reason], [409, 'Conflict']);
    }
    const { uid, resourceVersion } = made.metadata;
    const done = await admin.expect('DELETE', path, {
      body: { preconditions: { uid, resourceVersion } },
    });
    assert.deepEqual([done.kind, done.status], ['Status', 'Success']);
    assert.deepEqual(done.details, { name: 'a', kind: 'configmaps', uid });
    for (const method of ['GET', 'DELETE']) {
      const [status, missing] = await admin.send(method, path);
      assert.deepEqual([status, missing.reason], [404, 'NotFound']);
      assert.equal(missing.message, 'configmaps "a" not found');
    }
  });

  test(`compare-and-swap loses nothing of writers at once: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = `${pathOf('configmaps')}/rollout`;
    await admin.expect('POST', pathOf('configmaps'), { body: mapOf('rollout', { n: '0' }) });
    const write = async () => {
      for (let i = 0; i < 5; i++) await addOne(admin, path);
    };
    await Promise.all([write(), write(), write(), write()]);
    assert.deepEqual((await admin.expect('GET', path)).data, { n: '20' });
  });

  test(`what is no valid object is refused, and says why: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = pathOf('configmaps');
    for (const [body, field] of [
      [mapOf('Not_A_Name', {}), 'metadata.name'],
      [{ metadata: {} }, 'metadata.name'],
      [mapOf('big', { k: 'x'.repeat(MEBIBYTE + 1) }), '[]'],
    ] as const) {
      const [status, refused] = await admin.send('POST', path, { body });
      assert.deepEqual([status, refused.reason], [422, 'Invalid']);
      const { causes } = refused.details as { causes: readonly { field: string }[] };
      assert.deepEqual(
        causes.map((cause) => cause.field),
        [field],
      );
    }
    await admin.expect('POST', path, { body: mapOf('full', { k: 'x'.repeat(MEBIBYTE) }) });
    const versioned = mapOf('v', {}, { resourceVersion: '1' });
    assert.equal((await admin.send('POST', path, { body: versioned }))[0], 500);
    const elsewhere = mapOf('n', {}, { namespace: 'elsewhere' });
    assert.equal((await admin.send('POST', path, { body: elsewhere }))[0], 400);
  });

  test(`a status is read and written at its own path, by the version of the object: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = pathOf('ingresses', 'networking.k8s.io');
    const defaultBackend = (name: string) => ({ service: { name, port: { number: 80 } } });
    const made = await admin.expect('POST', path, {
      body: { metadata: { name: 'a' }, spec: { defaultBackend: defaultBackend('one') } },
    });
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    const written = await admin.expect('PUT', `${path}/a/status`, {
      body: { ...made, spec: { defaultBackend: defaultBackend('two') }, status },
    });
    assert.deepEqual([written.spec, written.status], [made.spec, status], 'the status alone');
    const known = await admin.expect('GET', `${path}/a/status`);
    assert.deepEqual([known.spec, known.status], [made.spec, status]);
    assert.equal(known.metadata.resourceVersion, written.metadata.resourceVersion);
    const [stale, refused] = await admin.send('PUT', `${path}/a/status`, { body: made });
    assert.deepEqual([stale, refused.reason], [409, 'Conflict']);
    const [none] = await admin.send('GET', `${path}/z/status`);
    assert.equal(none, 404);
    const [unknown] = await admin.send('PUT', `${path}/z/status`, {
      body: { ...known, metadata: { name: 'z' } },
    });
    assert.equal(unknown, 404);
  });

  test(`managedFields tell who has set what, by the agent's name: ${what}`, async (t) => {
    const { admin, pathOf } = await begin(t, open);
    const path = `${pathOf('configmaps')}/a`;
    const as = (userAgent: string, method: string, at: string, body: object) =>
      admin.expect(method, at, {
        body,
        userAgent,
        contentType: method === 'PATCH' ? MERGE_PATCH : 'application/json',
      });
    const kubectl = 'kubectl/v1.36.0 (linux/amd64) kubernetes/0000000';
    const made = await as(kubectl, 'POST', pathOf('configmaps'), mapOf('a', { k: '1', l: '1' }));
    assert.deepEqual(managedOf(made), { kubectl: { '.': {}, 'f:k': {}, 'f:l': {} } });
    const helm = await as('helm/3', 'PUT', path, mapOf('a', { k: '2', l: '1' }));
    assert.deepEqual(managedOf(helm), {
      helm: { 'f:k': {} },
      kubectl: { '.': {}, 'f:l': {} },
    });
    const named = await as('x', 'PATCH', `${path}?fieldManager=me`, { data: { m: '1' } });
    assert.deepEqual(managedOf(named), { ...managedOf(helm), me: { 'f:m': {} } });
    const removed = await as('remover', 'PATCH', path, { data: { k: null } });
    assert.deepEqual(managedOf(removed), {
      kubectl: { '.': {}, 'f:l': {} },
      me: { 'f:m': {} },
    });
    const empty = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'empty' } };
    await as('maker', 'POST', pathOf('configmaps'), empty);
    const filled = await as(
      'filler',
      'PUT',
      `${pathOf('configmaps')}/empty`,
      mapOf('empty', { k: '1' }),
    );
    assert.deepEqual(managedOf(filled), {}, 'what was made empty is not tracked');
  });
}
