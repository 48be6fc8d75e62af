import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { readManifests } from '../../functions/core/manifests.ts';
import type { StatusEntry } from '../../functions/core/statuses.ts';
import { until } from '../kit/until.ts';
import { config, SERVICES, startPublisher, TEMPLATE } from './start.ts';

const KIND = { apiVersion: 'example.com/v1', kind: 'Thing' };
const INPUTS = 'things: {apiVersion: example.com/v1, kind: Thing, fields: [size], status: write}';
const FEEDS = feedsOf({ 'inputs.yaml': INPUTS });
const STATUS = `
{%- for thing in inputs.things %}
- {{ {"apiVersion": "example.com/v1", "kind": "Thing", "namespace": "shop", "name": thing.metadata.name,
      "status": {"double": 2 * thing.size}}|tojson }}
{%- endfor %}
`;

const things = (sizes: Readonly<Record<string, unknown>>) =>
  chooseForFeeds(
    Object.entries(sizes).flatMap(([name, size]) => {
      const object = { ...KIND, metadata: { name, namespace: 'shop' }, size };
      return readManifests(JSON.stringify(object), 'x').any;
    }),
    FEEDS,
  );

function begin(t: TestContext, status = STATUS) {
  const given: (readonly StatusEntry[])[] = [];
  let compared = 0;
  const statuses = {
    write: (entries: readonly StatusEntry[]) => void given.push(entries),
    reconcile: () => void compared++,
    diagnostics: () => [],
  };
  const started = startPublisher(t, { statuses, deadlineMs: 2_000 });
  const { publisher } = started;
  const rest = { asOf: {}, isSynced: true, unread: [], feeds: statesOf(FEEDS) };
  const give = (changes: Parameters<typeof publisher.deliver>[0]['changes']) =>
    publisher.deliver({ changes, ...rest });
  const write = (text?: string) =>
    give([config(TEMPLATE, { 'inputs.yaml': INPUTS, ...(text && { 'status.yaml': text }) })]);
  give([SERVICES]);
  write(status);
  return {
    ...started,
    give,
    write,
    compared: () => compared,
    said: () =>
      given
        .at(-1)
        ?.map((one) => `${one.name} ${JSON.stringify(one.status)}`)
        .join(),
    told: () => publisher.status().diagnostics.map(({ code, message }) => `${code}: ${message}`),
  };
}

test('what status.yaml gives is handed on, and what is new of it', async (t) => {
  const { give, said, publisher, compared, told } = begin(t);
  give(things({ b: 2, a: 1 }));
  await until('it is given', () => said() === 'a {"double":2},b {"double":4}');
  give(things({ b: 3 }));
  await until('the change is given', () => said() === 'a {"double":2},b {"double":6}');
  publisher.reconcile();
  assert.equal(compared(), 1);
  assert.deepEqual(told(), []);
});

test('a key that goes is as good as no objects', async (t) => {
  const { give, write, said } = begin(t);
  give(things({ a: 1 }));
  await until('it is given', () => said() === 'a {"double":2}');
  write();
  await until('nothing is given', () => said() === '');
});

for (const [what, status, code] of [
  ['fails', '{{ 1 // 0 }}', /ZeroDivision|division/i],
  ['does not compile', '{% if %}', /template-syntax/],
  [
    'loops',
    '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
    /render-deadline/,
  ],
  ['gives no YAML', '{', /status-yaml/],
] as const)
  test(`one that ${what} is told, holds nothing back, and leaves what was written`, async (t) => {
    const { give, write, said, told, publisher, text, ask } = begin(t);
    give(things({ a: 1 }));
    await until('it is given', () => said() === 'a {"double":2}');
    write(status);
    await until('it is told', () => code.test(told().join()));
    assert.equal(said(), 'a {"double":2}');
    const { kind } = await ask();
    assert.equal(kind, 'bundle');
    assert.equal(publisher.status().isReady, true);
    assert.deepEqual(publisher.status().intent.held, []);
    const pod = { app: 'web' };
    assert.equal(await text(), 'web\n', JSON.stringify(pod));
    write(STATUS);
    await until('nothing is told', () => told().length === 0);
  });

test('an object that the template fails on is left out alone', async (t) => {
  const { give, said, told } = begin(t, STATUS.replace('2 * thing.size', 'thing.size + 1'));
  give(things({ a: 1, b: 'x' }));
  await until('the other is given', () => said() === 'a {"double":2}');
  assert.match(told().join(), /shop\/b is left out, since the template fails on it/);
});

test('without anywhere to write to, it is not even rendered', async (t) => {
  const started = startPublisher(t);
  started.deliver([SERVICES, config(TEMPLATE, { 'status.yaml': '{% if %}' })]);
  await until('it is served', () => started.publisher.status().isReady);
  assert.deepEqual(started.publisher.status().diagnostics, []);
});
