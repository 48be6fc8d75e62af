import { join } from 'node:path';
import { makeAuthority, makeCertificate } from '../functions/certificate-authority.ts';
import { type KeyPairFiles, startBare, startService } from './poll/contender.ts';
import { deltas } from './poll/deltas.ts';
import { CHANGES, type Measured, measure, WARM } from './poll/measure.ts';
import { alone } from './scope.ts';
import { quantile, type Section } from './section.ts';

const ROUNDS = 3;
const COUNTS = [1_000, 5_000, 10_000];
/** A handshake costs either side a millisecond or so: over TLS, a fleet takes its time. */
const WITHIN_MS = { plain: 2_000, TLS: 15_000 };
type Kind = keyof typeof WITHIN_MS;

const median = (values: readonly number[]) => quantile(values, 0.5);

interface Run {
  readonly kind: Kind;
  readonly count: number;
  readonly tls: KeyPairFiles | undefined;
}

async function measureOne(start: typeof startBare, { kind, count, tls }: Run): Promise<Measured> {
  return alone(async ({ home }) => {
    const contender = await start({ home, tls });
    try {
      return await measure(contender, { count, withinMs: WITHIN_MS[kind] });
    } finally {
      await contender.end();
    }
  });
}

function rowOf({ kind, count }: Run, bare: readonly Measured[], ours: readonly Measured[]) {
  const of = (all: readonly Measured[], value: (one: Measured) => readonly number[]) =>
    median(all.flatMap(value));
  const lastByte = [bare, ours].map((all) => of(all, ({ lastByteMs }) => lastByteMs));
  const made = of(ours, ({ madeMs }) => madeMs);
  const [bareMs = 0, oursMs = 0] = lastByte;
  // Change by change: the median of differences, as one change may be read late and another sent late.
  const restMs = of(ours, ({ lastByteMs, madeMs }) =>
    lastByteMs.map((ms, i) => ms - (madeMs[i] ?? 0)),
  );
  const cpu = [bare, ours].map((all) => of(all, ({ cpuMs }) => cpuMs));
  const memory = [bare, ours].map((all) => of(all, ({ kilobytes }) => [kilobytes]));
  const compare = ([one = 0, other = 0]: readonly number[]) => [
    one,
    other,
    `${(other / one).toFixed(2)}×`,
  ];
  return [
    kind,
    count,
    of(ours, ({ connectMs }) => [connectMs]),
    bareMs,
    oursMs,
    made,
    `${(restMs / bareMs).toFixed(2)}×`,
    ...compare(cpu),
    ...compare(memory),
    of(ours, ({ healthMs }) => [healthMs]),
    of(ours, ({ statusMs }) => [statusMs]),
    ours.reduce((sum, { lost }) => sum + lost, 0),
  ];
}

async function measureBoth(run: Run): Promise<readonly (string | number)[]> {
  const bare: Measured[] = [];
  const ours: Measured[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    bare.push(await measureOne(startBare, run));
    ours.push(await measureOne(startService, run));
  }
  const row = rowOf(run, bare, ours);
  process.stderr.write(`${row.join(' ')}\n`);
  return row;
}

/** Many held polls on one service, beside the least that a Node server can do which answers the same. */
async function beside(): Promise<Section> {
  // Its certificate is of an authority of its own.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  return alone(async ({ home }) => {
    makeAuthority(home);
    makeCertificate(home, 'server');
    const tls = { cert: join(home, 'server.pem'), key: join(home, 'server.key') };
    const rows: (readonly (string | number)[])[] = [];
    for (const kind of ['plain', 'TLS'] as const)
      for (const count of COUNTS)
        rows.push(await measureBoth({ kind, count, tls: kind === 'TLS' ? tls : undefined }));
    return {
      title: 'Ten thousand pollers on one service',
      note: `A pod changes, and every poller of a fleet takes the new bundle, 6 kB gzipped, then polls again: ${CHANGES} changes in a row, ${ROUNDS} rounds in turns with a bare Node.js server that holds requests and answers the same, header by header, medians of all, after ${WARM.toLocaleString('en')} answers before. From the change to the last byte of the last answer; for the service a change is a file that is renamed, so that it reads and renders the bundle first, which the other is given: what is compared is the rest; processor time of the server until then; resident memory a held poll. The fleet is one process, and dials within 2 s (TLS: 15 s). The slowest answer of /healthz and /status is of one more change; lost are connections that ended and answers that were no bundle.`,
      head: [
        ...['connections', 'pollers', 'all held, ms'],
        ...['last byte, bare, ms', 'ours, ms', 'of it the bundle, ms', 'the rest, times'],
        ...['CPU, bare, ms', 'ours, ms', 'times'],
        ...['kB a poll, bare', 'ours', 'times'],
        ...['/healthz, ms', '/status, ms', 'lost'],
      ],
      rows,
    };
  });
}

/** Whole bundles and what is new alone, in turns. */
export default async function fleet(): Promise<readonly Section[]> {
  return [await beside(), await deltas()];
}
