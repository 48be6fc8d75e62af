import { parseAllDocuments } from 'yaml';
import { EXAMPLES, readExample } from '../../examples/example.ts';
import { pod } from '../../kit/objects.ts';
import { Seeded } from '../../template/seeded.ts';
import { assertNoAlarm, fuzzOnce, type Json, type World, worldOf } from './fuzz.ts';
import { randomTemplate } from './templates.ts';

const SERVICES = 12;
const PODS = 3;

/** Services and pods whose values a random template prints. */
function randomWorld(random: Seeded): World {
  const names = Array.from({ length: SERVICES }, (_, i) => `s${i}`);
  const services = names.map((name) => [
    name,
    { namespace: 'shop', selector: { app: name }, v: `v${name}`, w: [`w,${name}`, `x${name}`] },
  ]);
  const pods = names.flatMap((app) =>
    Array.from({ length: PODS }, (_, i) => {
      const made = pod({ name: `${app}-${i}`, labels: { app } });
      return { ...made, metadata: { ...made.metadata, annotations: { a: `a${i}${app}` } } };
    }),
  );
  return {
    config: { template: randomTemplate(random) },
    services: Object.fromEntries(services),
    pods: pods as unknown as World['pods'],
  };
}

/** Of the examples those that have services. */
const exampleWorlds = (): World[] =>
  EXAMPLES.filter((name) => name !== 'ingress' && name !== 'gateway').map((name) =>
    worldOf(
      readExample(name).flatMap(({ text }) =>
        parseAllDocuments(text).map((document) => document.toJS() as { [key: string]: Json }),
      ),
    ),
  );

/** Mutates so many values over all examples and some random templates, in turn. */
export function fuzz(
  seed: number,
  count: number,
  templates = 200,
): { values: number; leftOut: number } {
  const random = new Seeded(seed);
  const worlds = [
    ...exampleWorlds(),
    ...Array.from({ length: templates }, () => randomWorld(random)),
  ];
  const total = { values: 0, leftOut: 0 };
  worlds.forEach(assertNoAlarm);
  for (let i = 0; total.values < count; i++) {
    const { values, leftOut } = fuzzOnce(worlds[i % worlds.length] as World, random);
    total.values += values;
    total.leftOut += leftOut;
  }
  return total;
}
