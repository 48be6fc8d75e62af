import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { readManifests } from '../../functions/core/manifests.ts';
import type { Change } from '../../functions/core/objects.ts';
import type { History } from '../../functions/core/revision.ts';
import { createFolderHistory } from '../../functions/folder/history.ts';
import { folder } from '../kit/folder.ts';
import { TEMPLATE_HEAD } from '../kit/template-head.ts';
import { until } from '../kit/until.ts';
import { config, services, startJudged } from './judged.ts';

const ROUTES = 'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}';
const MORE =
  'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec, metadata.labels]}';
const SLICES =
  'slices: {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, fields: [endpoints]}';
const TEMPLATE = `${TEMPLATE_HEAD}\
{%- for route in inputs.routes %}
  acl {{ route.metadata.name }} path_reg {{ route.spec.path|words }}
  use_backend all if {{ route.metadata.name }}
{%- endfor %}
backend all
{%- for slice in inputs.slices %}
{%- for endpoint in slice.endpoints %}
  server {{ endpoint.name }} {{ endpoint.address }}:80
{%- endfor %}
{%- endfor %}
`;
const INPUTS = `${ROUTES}\n${SLICES}\n`;

const ingress = (name: string, path: unknown, labels = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'shop', labels },
  spec: { path },
});
const slice = (address: string) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's', namespace: 'shop' },
  endpoints: [{ name: 'one', address }],
});
/** No expression: HAProxy refuses it. */
const BAD = '^/(a';

/** A replica that is given objects as they are now, and a ConfigMap. */
function start(t: Parameters<typeof startJudged>[0], history?: History) {
  const started = startJudged(t, history ? { history } : {});
  const { publisher, text } = started;
  let inputs = INPUTS;
  let chosen: readonly Change[] = [];

  /** Everything that there is. */
  function give(objects: readonly object[], template = TEMPLATE, named = inputs): void {
    inputs = named;
    const feeds = feedsOf({ 'inputs.yaml': inputs });
    const all = objects.flatMap((object) => readManifests(JSON.stringify(object), 'x').any);
    const now = chooseForFeeds(all, feeds);
    const isThere = ({ kind, namespace, name }: Change) =>
      now.some((one) => one.kind === kind && one.namespace === namespace && one.name === name);
    const gone = chosen
      .filter((change) => !isThere(change))
      .map(({ kind, namespace, name }): Change => ({ type: 'delete', kind, namespace, name }));
    chosen = now;
    publisher.deliver({
      changes: [services({}), config({ template, 'inputs.yaml': inputs }), ...now, ...gone],
      ...{ asOf: {}, isSynced: true, unread: [], feeds: statesOf(feeds) },
    });
  }

  const acls = async () => [...(await text()).matchAll(/acl (\S+ \S+ \S+)/g)].map(([, acl]) => acl);
  const has = async (...expected: readonly string[]) =>
    JSON.stringify(await acls()) === JSON.stringify(expected);
  return { ...started, give, acls, has };
}

test('an object that HAProxy refuses costs itself alone: it stays at its last good value, or is left out', async (t) => {
  const { give, has, held, publisher, text } = start(t);
  give([ingress('a', '^/a'), ingress('b', '^/b'), slice('10.0.0.1')]);
  await until(
    'both are served',
    async () => publisher.status().isReady && (await has('a path_reg ^/a', 'b path_reg ^/b')),
  );
  give([
    ingress('a', '^/a2'),
    ingress('b', BAD),
    ingress('c', BAD),
    ingress('d', '^/d'),
    slice('10.0.0.1'),
  ]);
  await until('the others are served', () =>
    has('a path_reg ^/a2', 'b path_reg ^/b', 'd path_reg ^/d'),
  );
  await until('two are held back', () => held().length === 2);
  assert.deepEqual(held(), [
    'ingress.networking.k8s.io/shop/b',
    'ingress.networking.k8s.io/shop/c',
  ]);
  const [b, c] = publisher.status().intent.held;
  assert.deepEqual([b?.serves, c?.serves], ['last good', 'left out']);
  assert.match(b?.diagnostic.message ?? '', /HAProxy refuses it/);
  const told = publisher
    .status()
    .diagnostics.find(({ where }) => where.object === 'ingress.networking.k8s.io/shop/b');
  assert.match(
    told?.hint ?? '',
    /Until then ingress\.networking\.k8s\.io\/shop\/b stays at its last good value/,
  );
  give([
    ingress('a', '^/a2'),
    ingress('b', BAD),
    ingress('c', BAD),
    ingress('d', '^/d'),
    slice('10.0.0.2'),
  ]);
  await until('endpoints flow', async () => (await text()).includes('10.0.0.2'));
  assert.equal(held().length, 2);
  give([ingress('a', '^/a2'), ingress('b', '^/b3'), ingress('d', '^/d'), slice('10.0.0.2')]);
  await until('what is mended is served', () =>
    has('a path_reg ^/a2', 'b path_reg ^/b3', 'd path_reg ^/d'),
  );
  await until('nothing is held back', () => held().length === 0);
  give([ingress('d', '^/d'), slice('10.0.0.2')]);
  await until('what is gone is gone', () => has('d path_reg ^/d'));
});

test('an object that the template fails on, or that would write more than a value, stays as it was', async (t) => {
  const { give, has, held } = start(t);
  give([ingress('a', '^/a'), ingress('b', '^/b'), ingress('c', '^/c')]);
  await until('all are served', () => has('a path_reg ^/a', 'b path_reg ^/b', 'c path_reg ^/c'));
  give(
    [ingress('a', '^/a2'), ingress('b', 7), ingress('c', '^/c\n  acl d')],
    TEMPLATE.replace('route.spec.path|words', "route.spec.path.strip('x')|words"),
  );
  await until('the rest is served', () =>
    has('a path_reg ^/a2', 'b path_reg ^/b', 'c path_reg ^/c'),
  );
  assert.deepEqual(held().sort(), [
    'ingress.networking.k8s.io/shop/b',
    'ingress.networking.k8s.io/shop/c',
  ]);
});

test('what endpoints change never waits, and what is intent waits for the check', async (t) => {
  const { give, has, held, text } = start(t);
  give([ingress('a', '^/a'), slice('10.0.0.1')]);
  await until('it is served', () => has('a path_reg ^/a'));
  give([ingress('a', '^/a'), slice('10.0.0.2')], '{% broken', INPUTS);
  await until('the endpoint flows', async () => (await text()).includes('10.0.0.2'));
  await until('the template is held back', () => held().join() === 'config');
  give([ingress('a', '^/a'), ingress('b', '^/b'), slice('10.0.0.2')], '{% broken');
  await until('objects are judged by the last good template', () =>
    has('a path_reg ^/a', 'b path_reg ^/b'),
  );
  assert.deepEqual(held(), ['config']);
  give([ingress('a', BAD), ingress('b', '^/b'), slice('10.0.0.3')], '{% broken');
  await until('the endpoint flows again', async () => (await text()).includes('10.0.0.3'));
  await until('both are held back', () => held().length === 2);
  assert.ok(await has('a path_reg ^/a', 'b path_reg ^/b'));
});

test('a kind is said to be endpoints: nothing of it waits, and revisions do not hold it', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const { give, has, held } = start(t, history);
  const inputs = `${ROUTES.replace('}', ', as: endpoints}')}\n${SLICES}\n`;
  give([ingress('a', '^/a')], TEMPLATE, inputs);
  await until('it is served', () => has('a path_reg ^/a'));
  give([ingress('a', '^/a2')]);
  await until('it flows', () => has('a path_reg ^/a2'));
  assert.deepEqual(held(), []);
  const revisions = await history.list();
  assert.deepEqual(
    revisions.map(({ intent }) => intent.objects),
    [undefined],
  );
});

test('a replica that starts while an object is bad serves its last good value, and everything else of today', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const first = start(t, history);
  first.give([ingress('a', '^/a'), ingress('b', '^/b'), slice('10.0.0.1')]);
  await until('it is served', () => first.has('a path_reg ^/a', 'b path_reg ^/b'));
  first.publisher.stop();
  const second = start(t, history);
  second.give([ingress('a', BAD), ingress('b', '^/b2'), ingress('c', '^/c'), slice('10.0.0.2')]);
  await until('the rest is served', () =>
    second.has('a path_reg ^/a', 'b path_reg ^/b2', 'c path_reg ^/c'),
  );
  await second.judged();
  assert.deepEqual(second.held(), ['ingress.networking.k8s.io/shop/a']);
  assert.match(await second.text(), /10\.0\.0\.2/);
  const etag = await second.etag();
  second.publisher.stop();
  const third = start(t, history);
  third.give([ingress('a', BAD), ingress('b', '^/b2'), ingress('c', '^/c'), slice('10.0.0.2')]);
  await third.judged();
  assert.deepEqual(third.held(), ['ingress.networking.k8s.io/shop/a']);
  assert.equal(await third.etag(), etag);
});

test('a replica that may not read a kind serves it as the fleet runs it', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const first = start(t, history);
  first.give([ingress('a', '^/a'), ingress('b', '^/b'), slice('10.0.0.1')]);
  await until('it is served', () => first.has('a path_reg ^/a', 'b path_reg ^/b'));
  first.publisher.stop();
  const second = startJudged(t, { history });
  const feeds = feedsOf({ 'inputs.yaml': SLICES });
  const all = readManifests(JSON.stringify(slice('10.0.0.2')), 'x').any;
  second.publisher.deliver({
    changes: [
      services({}),
      config({ template: TEMPLATE, 'inputs.yaml': INPUTS }),
      ...chooseForFeeds(all, feeds),
    ],
    ...{ asOf: {}, isSynced: true, unread: [], feeds: statesOf(feeds) },
  });
  await second.judged();
  assert.match(
    await second.text(),
    /acl a path_reg \^\/a\n[\s\S]*acl b path_reg \^\/b\n[\s\S]*10\.0\.0\.2/,
  );
  assert.deepEqual(second.held(), []);
});

test('a replica that may not read a kind of which there is nothing serves all else', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const first = start(t, history);
  first.give([slice('10.0.0.1')]);
  await until('it is served', async () => (await first.text()).includes('10.0.0.1'));
  first.publisher.stop();
  const second = startJudged(t, { history });
  const feeds = feedsOf({ 'inputs.yaml': SLICES });
  const give = (address: string) =>
    second.publisher.deliver({
      changes: [
        ...[services({}), config({ template: TEMPLATE, 'inputs.yaml': INPUTS })],
        ...chooseForFeeds(readManifests(JSON.stringify(slice(address)), 'x').any, feeds),
      ],
      ...{ asOf: {}, isSynced: true, unread: [], feeds: statesOf(feeds) },
    });
  give('10.0.0.2');
  await until('it is served', async () => (await second.text()).includes('10.0.0.2'));
  give('10.0.0.3');
  await until('endpoints flow', async () => (await second.text()).includes('10.0.0.3'));
});

test('what is held back stays as it was while the fields that are kept change', async (t) => {
  const { give, has, held } = start(t);
  give([ingress('a', '^/a'), ingress('b', '^/b')]);
  await until('it is served', () => has('a path_reg ^/a', 'b path_reg ^/b'));
  give([ingress('a', BAD), ingress('b', '^/b')]);
  await until('one is held back', () => held().length === 1);
  give([ingress('a', BAD), ingress('b', '^/b2')], TEMPLATE, `${MORE}\n${SLICES}\n`);
  await until('the other is served', () => has('a path_reg ^/a', 'b path_reg ^/b2'));
  await until('it is judged', () => held().join() === 'ingress.networking.k8s.io/shop/a');
});

test('where a kind is named for the first time, one bad object of many costs itself, and a bad template costs the template', async (t) => {
  const { give, has, held, text } = start(t);
  const plain = TEMPLATE.replace(/\{%- for route[\s\S]*?endfor %\}/, '');
  const many = Array.from({ length: 30 }, (_, i) => ingress(`i${i + 10}`, i === 7 ? BAD : '^/x'));
  give([...many, slice('10.0.0.1')], plain, SLICES);
  await until('it is served', async () => (await text()).includes('10.0.0.1'));
  give([...many, slice('10.0.0.2')], TEMPLATE.replace('path_reg', 'path_rag'), INPUTS);
  await until('the template is held back', () => held().includes('config'));
  await until('the endpoint flows', async () => (await text()).includes('10.0.0.2'));
  assert.ok(await has());
  give([...many, slice('10.0.0.2')], TEMPLATE, INPUTS);
  const good = many
    .filter((_, i) => i !== 7)
    .map(({ metadata: { name } }) => `${name} path_reg ^/x`);
  await until('all others are served', () => has(...good));
  await until('one is left out', () => held().join() === 'ingress.networking.k8s.io/shop/i17');
});

test('bad objects that are there before anything was served are left out alone', async (t) => {
  const { give, has, held } = start(t);
  const all = Array.from({ length: 12 }, (_, i) =>
    ingress(`i${i + 10}`, i % 5 === 1 ? BAD : '^/x'),
  );
  give([...all, slice('10.0.0.1')]);
  const good = all
    .filter((_, i) => i % 5 !== 1)
    .map(({ metadata: { name } }) => `${name} path_reg ^/x`);
  await until('the others are served', () => has(...good));
  const bad = ['i11', 'i16', 'i21'].map((name) => `ingress.networking.k8s.io/shop/${name}`);
  await until('three are left out', () => held().join() === bad.join());
});

test('a pinned revision holds its objects', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const { give, has, publisher } = start(t, history);
  give([ingress('a', '^/a')]);
  await until('it is served', () => has('a path_reg ^/a'));
  const [first] = await history.list();
  give([ingress('a', '^/a2')]);
  await until('the next is served', () => has('a path_reg ^/a2'));
  publisher.steer(await history.steer((rollout) => ({ ...rollout, pinned: first?.hash ?? '' })));
  await until('the first is back', () => has('a path_reg ^/a'));
  publisher.steer(await history.steer(({ pinned: _, ...rollout }) => rollout));
  await until('the newest counts again', () => has('a path_reg ^/a2'));
});
