import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
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
