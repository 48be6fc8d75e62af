import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveredFiles } from '../../../functions/core/delivered.ts';
import {
  chooseForFeeds,
  feedsOfMap,
  statesOf,
} from '../../../functions/core/inputs/from-manifests.ts';
import { createInventory } from '../../../functions/core/inventory.ts';
import { readManifests } from '../../../functions/core/manifests.ts';
import { Templates } from '../../../functions/core/templates.ts';
import type { ManifestText } from '../../../functions/index.ts';
import { RenderMemo } from '../../../functions/template/index.ts';
import { objectOf } from '../../../functions/template/json/index.ts';
import { textsOf } from './cluster.ts';
import { ingress, whole } from './objects.ts';

const MANY = 50;
const many = Array.from({ length: MANY }, (_, i) =>
  ingress({ name: `i${i}`, tls: [{ secretName: 's' }], rules: whole(`h${i}.test`, `s${i % 5}`) }),
);

/** Renders the example, given what has changed since the last time; gives the pieces of its files. */
function renderer() {
  const inventory = createInventory('lb');
  const templates = new Templates('jinja2');
  const memo = new RenderMemo();
  let feeds: ReturnType<typeof feedsOfMap> = [];
  return (texts: readonly ManifestText[]) => {
    const read = texts.map(({ text, origin }) => readManifests(text, origin));
    const objects = read.flatMap((manifests) => manifests.objects);
    const config = objects.find(({ name }) => name === 'config');
    if (config?.type === 'put') feeds = feedsOfMap(config.json);
    const any = read.flatMap((manifests) => manifests.any);
    const { snapshot } = inventory.update({
      changes: [...objects, ...chooseForFeeds(any, feeds)],
      feeds: statesOf(feeds),
      certificates: [],
      unread: [],
    });
    const { services, inputs, certificates, config: sources = {} } = snapshot;
    const none = objectOf(new Map());
    const output = templates.render({
      config: sources,
      files: deliveredFiles(sources),
      values: { services, inputs, params: none, env: none },
      context: { certificates, ssldir: '/ssl', filesdir: '/files' },
      memo,
    });
    return [...output.values()].flat();
  };
}

test('an Ingress that comes is rendered alone', () => {
  const render = renderer();
  const before = new Set(render(textsOf(many)));
  const more = ingress({ name: 'more', rules: whole('more.test', 's1') });
  const now = render([{ origin: 'more', text: JSON.stringify(more) }]);
  const fresh = now.filter((fragment) => !before.has(fragment));
  assert.ok(now.length > 3 * MANY && fresh.length < MANY, `${fresh.length} of ${now.length}`);
});
