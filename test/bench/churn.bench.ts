import { setTimeout as delay } from 'node:timers/promises';
import { SOURCES, startPath, startPlaces } from './path.ts';
import { alone } from './scope.ts';
import type { Section } from './section.ts';

const PODS = 1_000;
const CHANGES = 1_000;
const EVERY_MS = 20;

type Row = readonly (string | number)[];

async function measure(source: (typeof SOURCES)[number]): Promise<Row> {
  return alone(async (scope) => {
    const podPort = await startPlaces(scope);
    const path = await startPath({ scope, source, way: 'runtime', pods: PODS, podPort });
    const before = await path.cpu();
    const start = performance.now();
    for (let i = 0; i < CHANGES; i += 1) {
      // A stride without a common factor: each pod once, neighbours far apart in time.
      await path.fleet.replacePod((i * 7) % PODS);
      await delay(Math.max(0, start + (i + 1) * EVERY_MS - performance.now()));
    }
    await path.change();
    const seconds = (performance.now() - start) / 1000;
    const after = await path.cpu();
    const { counts } = await path.status();
    const spent = (['reloaderMs', 'checksMs', 'haproxyMs'] as const).map(
      (part) => (after[part] - before[part]) / CHANGES,
    );
    return [source, CHANGES, seconds, counts.reloads, counts.runtimeApplies, ...spent];
  });
}

/** How many reloads many changed pods take: none. */
export default async function churn(): Promise<Section> {
  const rows: Row[] = [];
  for (const source of SOURCES) rows.push(await measure(source));
  return {
    title: 'Reloads in 1,000 changed pods',
    note: `All of ${PODS.toLocaleString('en')} pods are replaced, one every ${EVERY_MS} ms; changes that follow one another closely come to HAProxy together. CPU is milliseconds a changed pod.`,
    head: [
      ...['source', 'changed pods', 'seconds', 'reloads', 'applied without reload'],
      ...['reloader CPU', 'check CPU', 'HAProxy CPU'],
    ],
    rows,
  };
}
