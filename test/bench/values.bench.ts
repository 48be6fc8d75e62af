/**
 * What it costs that values stay as Python's json reads them: time and memory beside the same by JSON.parse, which knows
 * neither floats nor large integers nor the order of keys.
 */
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createInventory } from '../../functions/core/inventory.ts';
import type { Change } from '../../functions/core/objects.ts';
import { compile } from '../../functions/template/index.ts';
import { configMap, put } from '../kit/objects.ts';
import { realisticPod } from './realistic-pod.ts';
import { quantile, type Section } from './section.ts';
import { SERVICE_ENTRIES, SERVICES, serviceOf } from './service-entries.ts';
import { freeze, PYTHON_SPELLING, plainTemplate } from './template-data.ts';

const PODS = 10_000;
const ROUNDS = 60;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldMiB(): number {
  for (let i = 0; i < 3; i++) collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

function podText(index: number): string {
  const app = serviceOf(index);
  const made = realisticPod(
    `${app}-${Math.floor(index / SERVICES)}`,
    `10.1.${index >> 8}.${index & 255}`,
  );
  const labels = { ...(made.metadata.labels as object), app, weight: '10' };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    ...made,
    metadata: { ...made.metadata, labels },
  });
}

type Services = readonly unknown[];

/** The services of a snapshot, as renders get them. */
function ours(pods: () => Iterable<string>): Services {
  const inventory = createInventory('lb');
  inventory.update({
    changes: [put(configMap('services', SERVICE_ENTRIES))],
    certificates: [],
    unread: [],
  });
  const changes: Change[] = [];
  for (const text of pods()) changes.push(put(JSON.parse(text)));
  return inventory.update({ changes, certificates: [], unread: [] }).snapshot.services;
}

/** The same by JSON.parse. */
function parsed(pods: () => Iterable<string>): Services {
  const byApp = new Map<string, Record<string, unknown>>();
  for (const text of pods()) {
    const pod = JSON.parse(text);
    const { name, labels } = pod.metadata;
    const own = byApp.get(labels.app) ?? {};
    byApp.set(labels.app, own);
    own[name] = pod;
  }
  return freeze(
    Object.entries(SERVICE_ENTRIES).map(([name, text]) => ({
      ...JSON.parse(text),
      name,
      pods: byApp.get(name) ?? {},
    })),
  );
}

type Make = typeof ours;
const MAKES: readonly Make[] = [ours, parsed];

/** MiB that services hold, and what they hold. */
function measureHeld(make: Make): [number, Services] {
  function* pods(): Generator<string> {
    for (let i = 0; i < PODS; i++) yield podText(i);
  }
  const before = heldMiB();
  const made = make(pods);
  return [heldMiB() - before, made];
}

/** Milliseconds of a whole render over each, in turns. */
function measureRenders(all: readonly Services[]): readonly number[] {
  const template = compile(plainTemplate(PYTHON_SPELLING));
  const times = all.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, services] of all.entries()) {
      const start = performance.now();
      template.render({ services });
      if (round >= ROUNDS / 3) times[i]?.push(performance.now() - start);
    }
  }
  return times.map((each) => quantile(each, 0.25));
}

const row = (what: string, [own, others]: readonly number[]) => [
  what,
  (own as number).toFixed(1),
  (others as number).toFixed(1),
  ((own as number) / (others as number)).toFixed(2),
];

/** Values as Python's json reads them beside JSON.parse. */
export default async function values(): Promise<Section> {
  const held = MAKES.map((make) => measureHeld(make));
  const renders = measureRenders(held.map(([, made]) => made));
  return {
    title: "Values as Python's json reads them",
    note: `${PODS.toLocaleString('en')} pods of 8 kB in ${SERVICES.toLocaleString('en')} services as a snapshot has them, beside the same as JSON.parse gives them: what they hold after garbage collection, and the first quartile of whole renders of the plain template, the two in turns. The last column is comparable from one run to another: a regression of 5 % is one of it.`,
    head: ['what', 'snapshot', 'JSON.parse', 'times'],
    rows: [
      row(
        'MiB held',
        held.map(([mib]) => mib),
      ),
      row('ms, a render of all', renders),
    ],
  };
}
