import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { readManifests } from '../../functions/core/manifests.ts';
import { renderManifests } from '../../functions/core/offline.ts';
import { until } from '../kit/until.ts';
import { config, SERVICES, SETTINGS, startPublisher, VARIANT } from './start.ts';

const INPUTS =
  'things: {apiVersion: example.com/v1, kind: Thing, fields: [size], labelSelector: on}';
const TEMPLATE =
  '{% for thing in inputs.things %}{{ thing.metadata.name }}={{ thing.size }} {% endfor %}\n';
const CONFIG = config(TEMPLATE, { 'inputs.yaml': INPUTS });
const FEEDS = feedsOf({ 'inputs.yaml': INPUTS });

const things = (...sizes: readonly (readonly [string, number])[]) =>
  chooseForFeeds(
    sizes.flatMap(
      ([name, size]) =>
        readManifests(
          JSON.stringify({
            apiVersion: 'example.com/v1',
            kind: 'Thing',
            metadata: { name, namespace: 'shop', labels: { on: '' } },
            size,
          }),
          'x',
        ).any,
    ),
    FEEDS,
  );

function start(t: Parameters<typeof startPublisher>[0]) {
  const started = startPublisher(t);
  const { publisher } = started;
  const rest = { asOf: {}, isSynced: true, unread: [] };
  return {
    ...started,
    give: (changes: Parameters<typeof publisher.deliver>[0]['changes'], isRead = true) =>
      publisher.deliver({ changes, ...rest, feeds: isRead ? statesOf(FEEDS) : {} }),
  };
}

test('objects of inputs reach the configuration, and what is new of them', async (t) => {
  const { give, text, publisher } = start(t);
  give([SERVICES, CONFIG, ...things(['b', 2], ['a', 1])]);
  await until('it is served', async () => publisher.status().isReady);
  assert.equal(await text(), 'a=1 b=2 \n');
  give(things(['b', 3]));
  await until('the change is served', async () => (await text()) === 'a=1 b=3 \n');
});

test('nothing is served before the inputs were read, and /status says which', async (t) => {
  const { give, publisher, text } = start(t);
  give([SERVICES, CONFIG], false);
  await until('it is judged', () => publisher.status().notReady?.code === 'input-unread');
  assert.match(
    publisher.status().notReady?.message ?? '',
    /input things .* Thing of example.com\/v1/,
  );
  give(things(['a', 1]));
  await until('it is served', async () => publisher.status().isReady);
  assert.equal(await text(), 'a=1 \n');
});

test('inputs that are not in order are held back, and objects of the last good ones flow', async (t) => {
  const { give, publisher, text } = start(t);
  give([SERVICES, CONFIG, ...things(['a', 1])]);
  await until('it is served', async () => publisher.status().isReady);
  give([config(TEMPLATE, { 'inputs.yaml': 'things: {' })]);
  await until('it is held back', () => publisher.status().intent.held.length === 1);
  const [held] = publisher.status().intent.held;
  assert.deepEqual([held?.unit, held?.diagnostic.code], ['config', 'inputs-yaml']);
  assert.equal(held?.diagnostic.where.line, 1);
  give(things(['a', 2]));
  await until('it flows', async () => (await text()) === 'a=2 \n');
});

test('a snapshot renders elsewhere to the same hash, with what was kept of the objects', async (t) => {
  const { give, publisher, etag } = start(t);
  give([SERVICES, CONFIG, ...things(['b', 2], ['a', 1])]);
  await until('it is served', async () => publisher.status().isReady);
  const snapshot = Buffer.from(publisher.snapshot(VARIANT) ?? assert.fail()).toString();
  assert.ok(!snapshot.includes('"on"'), 'labels were not kept');
  const result = renderManifests({
    texts: [{ origin: 'snapshot', text: snapshot }],
    settings: SETTINGS,
    variant: VARIANT,
  });
  assert.equal(result.kind === 'rendered' && result.bundle.etag, await etag());
});
