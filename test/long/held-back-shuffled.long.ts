import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { readManifests } from '../../functions/core/manifests.ts';
import type { Change } from '../../functions/core/objects.ts';
import { config, service, services, startJudged, TEMPLATE } from '../intent/judged.ts';
import { pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';

/** What a person may do to one entry. */
const EDITS: Readonly<Record<string, (name: string) => string | undefined>> = {
  good: (name) => service(name, { port: 8081 }),
  bad: (name) => service(name, { hostnames: ['x } { bad'] }),
  unreadable: () => '{',
  gone: () => undefined,
  twin: (name) => service(name, { backend: 'app0' }),
};
const APPS = ['app0', 'app1', 'app2', 'app3', 'app4'];
const BASE = Object.fromEntries(APPS.map((app) => [app, service(app)]));

const edits = fc.array(fc.constantFrom(...Object.keys(EDITS)), { minLength: 4, maxLength: 8 });

/** App 0 stays: the twins collide with it. */
function edited(kinds: readonly string[]): Record<string, string> {
  const changed = kinds.map((kind, i) => [`app${i + 1}`, EDITS[kind]?.(`app${i + 1}`)] as const);
  const all = new Map<string, string | undefined>([...Object.entries(BASE), ...changed]);
  const kept = [...all].flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]));
  return Object.fromEntries(kept);
}

function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const random = (i: number) => Math.abs(Math.sin(seed * 1000 + i * 7919));
  return items
    .map((item, i) => ({ item, at: random(i) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Whether every backend has its pod, and every good edit is there. */
function isWhole(text: string, kinds: readonly string[]): boolean {
  const ports = new Map(
    [...text.matchAll(/server p-(app\d+) \S+:(\d+)/g)].map(([, app, port]) => [app, port]),
  );
  const names = [...text.matchAll(/^backend (app\d+)$/gm)].map(([, name]) => name);
  return (
    names.every((name) => !APPS.includes(name ?? '') || ports.has(name)) &&
    kinds.every((kind, i) => {
      const app = `app${i + 1}`;
      if (kind === 'gone') return !names.includes(app);
      if (kind === 'good') return names.includes(app) && (ports.get(app) ?? '8081') === '8081';
      return true;
    })
  );
}

test('what is held back, and what is served, does not depend on the order of keys and of endpoints', async (t) => {
  await fc.assert(
    fc.asyncProperty(edits, fc.nat(1000), async (kinds, seed) => {
      const outcomes: { held: readonly string[]; text: string }[] = [];
      for (const order of [0, seed + 1]) {
        const { deliver, judged, held, text, publisher } = startJudged(t);
        deliver([services(BASE), config({ template: TEMPLATE })]);
        await text();
        const entries = Object.entries(edited(kinds));
        const data = Object.fromEntries(order === 0 ? entries : shuffled(entries, order));
        const pods = APPS.map((app, i) =>
          put(pod({ name: `p-${app}`, ip: `10.0.0.${i + 1}`, labels: { app } })),
        );
        const changes = [services(data), ...pods];
        for (const change of order === 0 ? changes : shuffled(changes, order)) deliver([change]);
        await judged();
        await until('it is served whole', async () => isWhole(await text(), kinds));
        outcomes.push({ held: held(), text: await text() });
        publisher.stop();
      }
      assert.deepEqual(outcomes[1], outcomes[0]);
      const expected = kinds.flatMap((kind, i) =>
        ['bad', 'unreadable', 'twin'].includes(kind) ? [`services/app${i + 1}`] : [],
      );
      assert.deepEqual(outcomes[0]?.held, expected.sort());
    }),
    { numRuns: 15 },
  );
});

const OBJECTS = ['o0', 'o1', 'o2', 'o3', 'o4'];
const INPUTS = 'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}';
const FEEDS = feedsOf({ 'inputs.yaml': INPUTS });
/** A backend an object, whose name may be that of another; and a rule that HAProxy may refuse. */
const OBJECTS_TEMPLATE = `${TEMPLATE}{%- for route in inputs.routes %}
backend of-{{ route.spec.backend }}
  http-request deny if { path_reg {{ route.spec.path|words }} }
{%- endfor %}
`;

interface Spec {
  readonly backend: string;
  readonly path: string;
}

/** What a person may do to one object: HAProxy refuses a bad one and a twin, and an odd one would be more than a value. */
const OBJECT_EDITS: Readonly<Record<string, (name: string) => Spec | undefined>> = {
  good: (backend) => ({ backend, path: '^/new' }),
  bad: (backend) => ({ backend, path: '^/(new' }),
  odd: (backend) => ({ backend, path: '^/new\n  acl more' }),
  gone: () => undefined,
  twin: () => ({ backend: 'o0', path: '^/new' }),
};

const routes = (specs: ReadonlyMap<string, Spec | undefined>): readonly Change[] =>
  [...specs].flatMap(([name, spec]): readonly Change[] => {
    const metadata = { name, namespace: 'shop' };
    const object = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec };
    const kind = FEEDS[0]?.id ?? assert.fail();
    if (spec === undefined) return [{ type: 'delete', kind, ...metadata }];
    return chooseForFeeds(readManifests(JSON.stringify(object), 'x').any, FEEDS);
  });

test('the same goes for objects of inputs that are intent, in whatever order they change', async (t) => {
  const objectEdits = fc.array(fc.constantFrom(...Object.keys(OBJECT_EDITS)), {
    minLength: 4,
    maxLength: 8,
  });
  const maps = [services(BASE), config({ template: OBJECTS_TEMPLATE, 'inputs.yaml': INPUTS })];
  const base = new Map(OBJECTS.map((name) => [name, { backend: name, path: '^/old' }]));
  await fc.assert(
    fc.asyncProperty(objectEdits, fc.nat(1000), async (kinds, seed) => {
      const specs = kinds.map(
        (kind, i) => [`o${i + 1}`, OBJECT_EDITS[kind]?.(`o${i + 1}`)] as const,
      );
      const outcomes: { held: readonly string[]; text: string }[] = [];
      for (const order of [0, seed + 1]) {
        const { publisher, judged, held, text } = startJudged(t);
        const give = (changes: readonly Change[]) =>
          publisher.deliver({
            ...{ changes, asOf: {}, isSynced: true, unread: [] },
            feeds: statesOf(FEEDS),
          });
        give([...maps, ...routes(base)]);
        await text();
        await judged();
        const changes = routes(new Map(order === 0 ? specs : shuffled(specs, order)));
        if (order === 0) give(changes);
        else for (const change of changes) give([change]);
        await judged();
        const isGood = (line: string, i: number) => line.includes('^/new') || kinds[i] !== 'good';
        await until('it is served whole', async () => {
          const all = (await text()).split('backend of-');
          return kinds.every((kind, i) => {
            const own = all.filter((part) => part.startsWith(`o${i + 1}\n`));
            if (kind === 'gone') return own.length === 0;
            return kind !== 'good' || (own.length === 1 && isGood(own[0] ?? '', i));
          });
        });
        outcomes.push({ held: held(), text: await text() });
        publisher.stop();
      }
      const expected = kinds.flatMap((kind, i) =>
        ['bad', 'odd', 'twin'].includes(kind) ? [`ingress.networking.k8s.io/shop/o${i + 1}`] : [],
      );
      assert.deepEqual(
        outcomes.map(({ held }) => held),
        [expected.sort(), expected.sort()],
      );
      assert.equal(outcomes[1]?.text, outcomes[0]?.text);
    }),
    { numRuns: 8 },
  );
});
