import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { readLossRecord, withLossRecord } from '../../functions/core/loss-record.ts';
import { configMap, gone, pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, startPublisher, VARIANT } from './start.ts';

const RULES = { share: 0.5, least: 10, windowMs: 30_000 };
const SERVICES = put(
  configMap('services', {
    blog: '{"namespace":"blog","selector":{"app":"web"}}',
    web: '{"namespace":"shop","selector":{"app":"web"}}',
  }),
);
const template = (check: string) =>
  `{% for service in services %}
backend {{ service.name }}
{%- for pod in service.pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:80${check}
{%- endfor %}
{%- endfor %}
`;
const web = (i: number) => put(pod({ name: `web-${i}`, ip: `10.0.0.${i}` }));
const blog = (i: number) => put(pod({ name: `blog-${i}`, namespace: 'blog', ip: `10.1.0.${i}` }));
const WEBS = Array.from({ length: 12 }, (_, i) => web(i + 1));

function start(t: TestContext, { check = ' check', holdMs = 600_000 } = {}) {
  const history = createMemoryHistory(10);
  const all = startPublisher(t, { history, massLoss: { rules: RULES, holdMs } });
  all.deliver([SERVICES, config(template(check)), ...WEBS, blog(1)]);
  const serversIn = (text: string) => [...text.matchAll(/server (\S+)/g)].map(([, name]) => name);
  const servers = async () => serversIn(await all.text());
  const has = (count: number) =>
    until(`${count} servers are served`, async () => (await servers()).length === count);
  const codes = () => all.publisher.status().diagnostics.map(({ code }) => code);
  return { ...all, history, servers, serversIn, has, codes };
}

test('a mass loss is held, told, and shared; what a person confirms is let go at once', async (t) => {
  const { deliver, has, publisher, codes, history, lines, ask } = start(t);
  await has(13);
  const before = publisher.status().variants[0]?.etag;
  deliver(WEBS.map(gone));
  const { massLoss } = publisher.status();
  assert.deepEqual([massLoss?.lost, massLoss?.of, massLoss?.kept], [12, 13, 12]);
  assert.deepEqual(codes(), ['mass-loss']);
  assert.ok(lines.some((line) => line.startsWith('e holding servers after a mass loss')));
  // A change of something else is served with what is kept.
  deliver([put(pod({ name: 'blog-2', namespace: 'blog', ip: '10.1.0.2' }))]);
  await has(14);
  deliver([gone(put(pod({ name: 'blog-2', namespace: 'blog' })))]);
  await until('all is as before', () => publisher.status().variants[0]?.etag === before);

  const record = await until('it is shared', async () => readLossRecord(await history.rollout()));
  assert.deepEqual([record.lost, record.of, record.over], [12, 13, undefined]);
  const late = ask({ etag: before ?? '', waitMs: 20_000 });
  publisher.steer(withLossRecord(await history.rollout(), { ...record, over: 'confirmed' }));
  assert.equal((await late).kind, 'bundle');
  await has(1);
  assert.deepEqual(codes(), []);
  assert.equal(publisher.status().massLoss, undefined);
});

test('a replica that starts while a loss is held says that it keeps nothing of it', async (t) => {
  const { deliver, history, has } = start(t);
  await has(13);
  deliver([], { 'pods/shop': { lo: '5', hi: '5' } });
  deliver(WEBS.map(gone), { 'pods/shop': { lo: '9', hi: '9' } });
  const record = await until('it is shared', async () => readLossRecord(await history.rollout()));
  assert.ok(record.from);
  const later = startPublisher(t, { history, massLoss: { rules: RULES, holdMs: 600_000 } });
  const now = { 'pods/shop': { lo: '5', hi: '5' } };
  later.deliver([SERVICES, config(template(' check')), blog(1)], now);
  assert.match(await later.text(), /server blog-1/);
  later.publisher.steer(await history.rollout());
  const [diagnostic] = later.publisher.status().diagnostics;
  assert.equal(diagnostic?.code, 'mass-loss');
  assert.match(diagnostic?.message ?? '', /^other replicas keep servers after a mass loss/);
});

test('a hold ends by itself, and says so to the others', async (t) => {
  const { deliver, has, publisher, history } = start(t, { holdMs: 300 });
  await has(13);
  deliver(WEBS.map(gone));
  assert.equal(publisher.status().massLoss?.kept, 12);
  await has(1);
  assert.equal(publisher.status().massLoss, undefined);
  await until(
    'it is closed',
    async () => readLossRecord(await history.rollout())?.over === 'ended',
  );
});

for (const [what, check] of [
  ['none', ''],
  ['an undone one', ' check no-check'],
])
  test(`a server with ${what} of HAProxy's checks is not kept, and nobody is sent to it: its loss is served like any other`, async (t) => {
    const { deliver, has, publisher, ask, serversIn } = start(t, { check });
    await has(13);
    const etag = publisher.status().variants[0]?.etag ?? '';
    const next = ask({ etag, waitMs: 20_000 });
    deliver(WEBS.map(gone));
    const answer = await next;
    const text = answer.kind === 'bundle' ? answer.publication.config : assert.fail(answer.kind);
    assert.deepEqual(serversIn(text), ['blog-1']);
    const { massLoss } = publisher.status();
    assert.deepEqual([massLoss?.lost, massLoss?.kept], [12, 0], 'it is told all the same');
    assert.equal(massLoss?.letGo['not checked'], 12);
  });

test('a variant that sends requests without checks decides for all', async (t) => {
  const { deliver, has, ask, publisher, text } = start(t, {
    check: "{{ '' if params.fast else ' check' }}",
  });
  await has(13);
  const fast = { ...VARIANT, params: { fast: '1' } };
  await ask({ variant: fast });
  deliver(WEBS.map(gone));
  await has(1);
  assert.equal(publisher.status().massLoss?.letGo['not checked'], 12);
  assert.doesNotMatch(await text(), /web-/);
});

test('a template that takes its checks away in the midst of a hold ends what is kept', async (t) => {
  const { deliver, has } = start(t);
  await has(13);
  deliver(WEBS.map(gone));
  deliver([config(template(' weight 1'))]);
  await has(1);
});

test('a renderer that is started anew in the midst of a hold has what is kept, and so has the snapshot', async (t) => {
  const { deliver, has, publisher } = start(t);
  await has(13);
  deliver(WEBS.map(gone));
  const before = publisher.renderer().starts;
  publisher.reconcile();
  await until('it is another one', () => publisher.renderer().starts > before);
  await has(13);
  assert.match(Buffer.from(publisher.snapshot(VARIANT) ?? []).toString(), /"web-12"/);
});

test('without the guard all is lost at once', async (t) => {
  const { deliver, servers, has } = start(t);
  const { deliver: plain, text } = startPublisher(t);
  plain([SERVICES, config(template(' check')), ...WEBS, blog(1)]);
  await has(13);
  await until('it is served', async () => (await text()).includes('web-12'));
  for (const each of [deliver, plain]) each(WEBS.map(gone));
  await until('it is gone', async () => !(await text()).includes('web-'));
  assert.equal((await servers()).length, 13);
});
