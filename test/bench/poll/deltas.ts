import { alone } from '../scope.ts';
import { quantile, type Section } from '../section.ts';
import { startService } from './contender.ts';
import { CHANGES, type Measured, measure, WARM } from './measure.ts';

const COUNT = 10_000;
const PODS = 10_000;
const ROUNDS = 3;
const WITHIN_MS = 5_000;

async function measureOne(takesDeltas: boolean): Promise<Measured> {
  return alone(async ({ home }) => {
    const service = await startService({ home, pods: PODS });
    try {
      return await measure(service, { count: COUNT, withinMs: WITHIN_MS, takesDeltas });
    } finally {
      await service.end();
    }
  });
}

/** One of many servers changes: what a fleet is sent, by whole bundles and by deltas. */
export async function deltas(): Promise<Section> {
  const measured: Measured[][] = [[], []];
  for (let i = 0; i < ROUNDS; i += 1)
    for (const [way, all] of measured.entries()) all.push(await measureOne(way === 1));
  const rows = measured.map((all, way) => {
    const of = (value: (one: Measured) => readonly number[]) => all.flatMap(value);
    const lastByte = of(({ lastByteMs }) => lastByteMs);
    return [
      way === 1 ? 'deltas' : 'whole bundles',
      quantile(
        of(({ bytes }) => bytes),
        0.5,
      ),
      quantile(lastByte, 0.5),
      Math.max(...lastByte),
      quantile(
        of(({ madeMs }) => madeMs),
        0.5,
      ),
      quantile(
        of(({ cpuMs }) => cpuMs),
        0.5,
      ),
      quantile(
        of(({ healthMs }) => [healthMs]),
        0.5,
      ),
      all.reduce((sum, { lost }) => sum + lost, 0),
    ];
  });
  return {
    title: 'One line of ten thousand, to ten thousand pollers',
    note: `One pod of ${PODS.toLocaleString('en')} changes, each of which has a line in the configuration, and ${COUNT.toLocaleString('en')} pollers take the new bundle over plain connections: whole and gzipped, or what is new alone. ${CHANGES} changes in a row, ${ROUNDS} rounds in turns, after ${WARM.toLocaleString('en')} answers before. Bytes are those of head and body, a poller and change; the rest as above. The bundle is rendered from all pods.`,
    head: [
      ...['by', 'bytes', 'last byte, ms', 'the longest, ms', 'of it the bundle, ms'],
      ...['CPU, ms', '/healthz, ms', 'lost'],
    ],
    rows,
  };
}
