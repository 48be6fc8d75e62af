import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { readManifests } from '../../functions/core/manifests.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import type { Refused } from '../../functions/publish/publication.ts';
import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { formatToldAlerts } from '../../functions/wire/alerts-header.ts';
import { until } from '../kit/until.ts';
import { startPublisher } from '../publish/start.ts';
import { config, type Data, services } from './judged.ts';

const TEMPLATE = `{% for service in services %}
{{ service.line }}
{%- endfor %}
`;
const entry = (line: string) => JSON.stringify({ namespace: 'shop', selector: { app: 'a' }, line });
const entries = (data: Data, more: Data = {}) =>
  services({
    ...Object.fromEntries(Object.entries(data).map(([name, line]) => [name, entry(line)])),
    ...more,
  });

/** Says of a configuration which of its lines is to blame, if any; from 1; 0: one that it does not name. */
type Haproxy = (lines: readonly string[]) => number | undefined;

const first =
  (word: string): Haproxy =>
  (lines) => {
    const at = lines.findIndex((line) => line.startsWith(word));
    return at < 0 ? undefined : at + 1;
  };

type Replica = ReturnType<typeof startPublisher>;

function startReplica(t: TestContext, history = createMemoryHistory(20)) {
  const replica = startPublisher(t, { heedsRefusals: true, history });
  const { publisher } = replica;
  const held = () => publisher.status().intent.held.map(({ unit }) => unit);
  return { ...replica, history, held };
}

/** A proxy, which polls whichever replica it is told to. */
function startProxy(haproxy: Haproxy, name = 'p') {
  let refused: Refused | undefined;
  let running: string | undefined;
  let text = '';
  let refusals = 0;
  async function poll({ ask }: Replica): Promise<void> {
    const said = refused && { refused: { ...refused, ...(running && { running }) } };
    const proxy = { name, fleet: '' };
    const answer = await ask({ proxy, ...(running && { running }), ...said });
    if (answer.kind !== 'bundle' || answer.revision === refused?.revision) return;
    const content = answer.publication.config;
    const line = haproxy(content.split('\n'));
    if (line === undefined) {
      running = answer.revision;
      text = content;
      if (answer.insteadOf === undefined) refused = undefined;
      return;
    }
    refusals += 1;
    const alert = line === 0 ? {} : { file: CONFIG_PATH, line };
    const alerts = formatToldAlerts(
      [{ ...alert, message: `it is bad (${line})` }],
      [{ path: CONFIG_PATH, content }],
    );
    refused = { revision: answer.revision, reason: 'check-failed', alerts };
  }
  /** The services whose lines it runs. */
  const lines = () => text.split('\n').filter((line) => line !== '');
  const runs = (replica: Replica, ...wanted: readonly string[]) =>
    until(`it runs ${wanted.join()}`, async () => {
      await poll(replica);
      return lines().join() === wanted.join();
    });
  return { poll, runs, lines, refusals: () => refusals, refuses: () => refused?.revision };
}

test('what a proxy refuses is held back by the line that it names, one after the other', async (t) => {
  const replica = startReplica(t);
  const proxy = startProxy(first('bad'));
  replica.deliver([config({ template: TEMPLATE }), entries({ a: 'a1' })]);
  await proxy.runs(replica, 'a1');
  replica.deliver([entries({ a: 'a2', b: 'bad-b', c: 'c1', d: 'bad-d' })]);
  await proxy.runs(replica, 'a2', 'c1');
  assert.deepEqual(replica.held(), ['services/b', 'services/d']);
  assert.equal(proxy.refusals(), 2);
  replica.deliver([entries({ a: 'a2', b: 'bad-b', c: 'c1', d: 'd1', e: 'e1' })]);
  await proxy.runs(replica, 'a2', 'c1', 'd1', 'e1');
  assert.deepEqual(replica.held(), ['services/b']);
  assert.equal(proxy.refusals(), 2, 'it is not asked about b again');
});

test('an object that a proxy refuses is held back alone, by the line that it names, and by those that start later, too', async (t) => {
  const inputs = 'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}';
  const template = '{% for route in inputs.routes %}\n{{ route.spec.line }}\n{%- endfor %}\n';
  const feeds = feedsOf({ 'inputs.yaml': inputs });
  const give = ({ publisher }: Replica, all: Data) => {
    const objects = Object.entries(all).map(([name, line]) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, namespace: 'shop' },
      spec: { line },
    }));
    const { any } = readManifests(JSON.stringify({ kind: 'List', items: objects }), 'x');
    publisher.deliver({
      changes: [
        services({}),
        config({ template, 'inputs.yaml': inputs }),
        ...chooseForFeeds(any, feeds),
      ],
      ...{ asOf: {}, isSynced: true, unread: [], feeds: statesOf(feeds) },
    });
  };
  const replica = startReplica(t);
  const proxy = startProxy(first('bad'));
  give(replica, { a: 'a1', b: 'b1' });
  await proxy.runs(replica, 'a1', 'b1');
  give(replica, { a: 'a2', b: 'bad-b', c: 'bad-c', d: 'd1' });
  await proxy.runs(replica, 'a2', 'b1', 'd1');
  const held = ['b', 'c'].map((name) => `ingress.networking.k8s.io/shop/${name}`);
  assert.deepEqual(replica.held(), held);
  assert.equal(proxy.refusals(), 2);
  await until('it is noted', async () =>
    (await replica.history.list()).some(({ marks }) =>
      marks?.refused?.units.includes(held[1] ?? ''),
    ),
  );
  const later = startReplica(t, replica.history);
  give(later, { a: 'a2', b: 'bad-b', c: 'bad-c', d: 'd1' });
  await proxy.runs(later, 'a2', 'b1', 'd1');
  await until('it knows', () => later.held().length === 2);
  assert.equal(proxy.refusals(), 2, 'no proxy is asked again');
});

test('what leads to no line holds back all that differs from what proxies ran', async (t) => {
  const replica = startReplica(t);
  const proxy = startProxy((lines) =>
    lines.some((line) => line.startsWith('bad')) ? 0 : undefined,
  );
  replica.deliver([config({ template: TEMPLATE }), entries({ a: 'a1' })]);
  await proxy.runs(replica, 'a1');
  replica.deliver([entries({ a: 'a2', b: 'bad-b' })]);
  await until('all is held back', async () => {
    await proxy.poll(replica);
    return replica.held().length === 2;
  });
  await proxy.runs(replica, 'a1');
  assert.equal(replica.publisher.status().intent.state, 'held back');
  replica.deliver([entries({ a: 'a2', b: 'b1' })]);
  await proxy.runs(replica, 'a2', 'b1');
  assert.equal(proxy.refusals(), 1);
});

test('one that refuses what another runs is alone with it', async (t) => {
  const replica = startReplica(t);
  const [odd, good] = [startProxy(first('new'), 'odd'), startProxy(() => undefined, 'good')];
  replica.deliver([config({ template: TEMPLATE }), entries({ a: 'a1' })]);
  await odd.runs(replica, 'a1');
  replica.deliver([entries({ a: 'a1', b: 'new-b' })]);
  await good.runs(replica, 'a1', 'new-b');
  await good.poll(replica);
  const { current } = replica.publisher.status().intent;
  await until('it refuses', async () => {
    await odd.poll(replica);
    return odd.refuses() === current?.hash;
  });
  for (let n = 0; n < 5; n++) await odd.poll(replica);
  assert.deepEqual(replica.held(), []);
  const other = startReplica(t, replica.history);
  other.deliver([config({ template: TEMPLATE }), entries({ a: 'a1', b: 'new-b' })]);
  await other.text();
  for (let n = 0; n < 5; n++) await odd.poll(other);
  assert.deepEqual(other.held(), [], 'other replicas know it, too');
});

test('what one refuses that is far behind takes nobody back to where it is', async (t) => {
  const replica = startReplica(t);
  const [odd, good] = [startProxy(first('new'), 'odd'), startProxy(() => undefined, 'good')];
  const put = (data: Data, more: Data = {}) =>
    replica.deliver([config({ template: TEMPLATE }), entries(data, more)]);
  put({ a: 'a1', b: 'b1' });
  await odd.runs(replica, 'a1', 'b1');
  for (const b of ['b2', 'b3']) {
    put({ a: 'new-a', b });
    await good.runs(replica, 'new-a', b);
    await good.poll(replica);
  }
  await until('it refuses what the other runs', async () => {
    await odd.poll(replica);
    return odd.refuses() === replica.publisher.status().intent.current?.hash;
  });
  put({ a: 'new-a-again' }, { b: '{' });
  await until('it refuses what nobody runs yet', async () => {
    await odd.poll(replica);
    return replica.held().join() === 'services/a,services/b';
  });
  await good.runs(replica, 'new-a', 'b3');
});

test('a replica that starts later offers nobody what proxies refuse', async (t) => {
  const replica = startReplica(t);
  const proxy = startProxy(first('bad'));
  const inputs = (data: Data) => [config({ template: TEMPLATE }), entries(data)];
  replica.deliver(inputs({ a: 'a1' }));
  await proxy.runs(replica, 'a1');
  replica.deliver(inputs({ a: 'a2', b: 'bad-b' }));
  await proxy.runs(replica, 'a2');
  const other = startReplica(t, replica.history);
  other.deliver(inputs({ a: 'a2', b: 'bad-b' }));
  await other.text();
  await until('it is judged', () => other.publisher.status().intent.state === 'held back');
  assert.deepEqual(other.held(), ['services/b']);
  const late = startProxy(first('bad'), 'late');
  await late.runs(other, 'a2');
  other.deliver(inputs({ a: 'a2', b: 'bad-b', c: 'c1' }));
  await late.runs(other, 'a2', 'c1');
  assert.equal(late.refusals(), 0);
});

test('at the first start, what proxies refuse is left out; where that is all, it is said', async (t) => {
  const replica = startReplica(t);
  const proxy = startProxy(first('bad'));
  replica.deliver([config({ template: TEMPLATE }), entries({ a: 'a1', b: 'bad-b' })]);
  await proxy.runs(replica, 'a1');
  assert.deepEqual(replica.held(), ['services/b']);
  const other = startReplica(t);
  const newcomer = startProxy(first('bad'));
  other.deliver([config({ template: 'bad\n' }), entries({})]);
  await until('it is said', async () => {
    await newcomer.poll(other);
    return other.publisher.status().intent.state === 'none good';
  });
});

test('what refuses counts for nothing where nobody proves who he is, or a revision is pinned', async (t) => {
  const history = createMemoryHistory(20);
  const open = startPublisher(t, { history });
  const proxy = startProxy(first('bad'));
  open.deliver([config({ template: TEMPLATE }), entries({ a: 'a1' })]);
  await proxy.runs(open, 'a1');
  open.deliver([entries({ a: 'a2', b: 'bad-b' })]);
  await until('it is refused', async () => {
    await proxy.poll(open);
    return proxy.refusals() === 1;
  });
  for (let n = 0; n < 5; n++) await proxy.poll(open);
  assert.deepEqual(open.publisher.status().intent.held, []);
});
