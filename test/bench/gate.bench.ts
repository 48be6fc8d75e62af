import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInventory } from '../../functions/core/inventory.ts';
import type { Change } from '../../functions/core/objects.ts';
import { createRenderEngine } from '../../functions/core/render.ts';
import { createChecker } from '../../functions/intent/check.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { createPublisher } from '../../functions/publish/publisher.ts';
import { createLog } from '../../functions/wire/log.ts';
import { service as entry } from '../intent/judged.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { configMap, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { answerOf } from '../publish/ask.ts';
import { addressOf } from './fleet.ts';
import {
  BAD,
  configOf,
  PODS_PER_SERVICE,
  podChange,
  podsOf,
  SETTINGS,
  servicesOf,
  VARIANT,
} from './gate-world.ts';
import { alone, type Scope } from './scope.ts';
import { quantile, type Section } from './section.ts';

const SIZES = [10, 100, 1_000];
const ROUNDS = 7;
const MOVES = 10;
/** Milliseconds of one render of everything by a template that is new, and one check of it. */
function renderAndCheck(home: string, size: number): number {
  const inventory = createInventory(SETTINGS.namespace);
  const engine = createRenderEngine(SETTINGS);
  const update = (changes: readonly Change[]) =>
    inventory.update({ changes, certificates: [], unread: [] }).snapshot;
  engine.render(update([...podsOf(size), servicesOf(size), configOf(0)]), VARIANT);
  const folder = join(home, 'check');
  mkdirSync(folder, { recursive: true });
  const times: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const startedAt = performance.now();
    const rendering = engine.render(update([configOf(round)]), VARIANT);
    if (rendering.kind !== 'rendered') throw new Error(rendering.failure.message);
    const path = join(folder, 'haproxy.cfg');
    writeFileSync(path, rendering.files[0]?.content ?? '');
    const { status, stderr } = spawnSync(HAPROXY, ['-c', '-f', path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    times.push(performance.now() - startedAt);
  }
  return quantile(times, 0.5);
}

function startGate(scope: Scope, size: number) {
  const publisher = createPublisher({
    settings: SETTINGS,
    limits: { deadlineMs: 20_000, memoryMb: 1024 },
    variant: VARIANT,
    maxVariants: 3,
    quietMs: 0,
    checker: createChecker({
      binaries: [HAPROXY],
      within: tmpdir(),
      env: { PATH: process.env.PATH },
      deadlineMs: 30_000,
      memoryMb: 1024,
    }),
    history: createMemoryHistory(3),
    log: createLog({ component: 'bench', level: 'error' }),
    sourceDiagnostics: () => [],
  });
  scope.after(async () => publisher.stop());
  const deliver = (...changes: readonly Change[]) =>
    publisher.deliver({ changes, asOf: {}, isSynced: true, unread: [] });
  deliver(...podsOf(size), servicesOf(size), configOf(0));
  const etag = () => publisher.status().variants[0]?.etag;
  const intent = () => publisher.status().intent;
  /** Milliseconds until a proxy that waits is offered what comes of it. */
  async function offered(...changes: readonly Change[]): Promise<number> {
    const known = etag() ?? '';
    const startedAt = performance.now();
    const answer = answerOf(publisher, { variant: VARIANT, etag: known, waitMs: 60_000 });
    deliver(...changes);
    if ((await answer).kind !== 'bundle') throw new Error('no bundle came');
    return performance.now() - startedAt;
  }
  const settled = () => until('the newest is judged', () => intent().state !== 'checking');
  return { deliver, offered, settled, intent, ready: () => until('it serves', etag) };
}

async function measure(size: number): Promise<readonly (string | number)[]> {
  return alone(async (scope) => {
    const plain = renderAndCheck(scope.home, size);
    const { offered, settled, intent, ready, deliver } = startGate(scope, size);
    await ready();
    await settled();
    const times = {
      pod: [] as number[],
      good: [] as number[],
      bad: [] as number[],
      meanwhile: [] as number[],
      healthy: [] as number[],
      entry: [] as number[],
      template: [] as number[],
    };
    const spent: number[] = [];
    let made = 0;
    const pod = () => {
      made += 1;
      return podChange('moving', 'app0', addressOf(100_000 + made));
    };
    await offered(configOf(-1));
    await settled();
    for (let round = 1; round <= ROUNDS; round += 1) {
      times.pod.push(await offered(pod()));
      times.good.push(await offered(configOf(round)));
      await settled();
      const before = intent().tries.checks;
      times.bad.push(await offered(configOf(-round), servicesOf(size, { bad: BAD })));
      await settled();
      spent.push(intent().tries.checks - before);
      if (
        intent()
          .held.map(({ unit }) => unit)
          .join() !== 'services/bad'
      )
        throw new Error(JSON.stringify(intent()));
      // Another bad entry is on trial while a pod moves.
      deliver(servicesOf(size, { bad: BAD, worse: entry('worse', { hostnames: [`} ${round}`] }) }));
      times.meanwhile.push(await offered(pod()));
      await settled();
      deliver(servicesOf(size));
      await settled();
    }
    const moving = async (into: number[]) => {
      await settled();
      for (let round = 0; round < MOVES; round += 1) into.push(await offered(pod()));
    };
    // In turn, so that whatever else the machine does meets all alike.
    for (let round = 1; round <= ROUNDS; round += 1) {
      await moving(times.healthy);
      deliver(servicesOf(size, { bad: BAD }));
      await moving(times.entry);
      deliver(servicesOf(size), put(configMap('config', { template: `{% if ${round}` })));
      await moving(times.template);
      deliver(configOf(0));
    }
    const of = (all: readonly number[]) => quantile(all, 0.5);
    return [
      `${size.toLocaleString('en')} services, ${(size * PODS_PER_SERVICE).toLocaleString('en')} pods`,
      plain,
      of(times.good),
      of(times.good) / plain,
      of(times.bad),
      Math.max(...spent),
      of(times.pod),
      of(times.meanwhile),
      of(times.healthy),
      of(times.entry) / of(times.healthy),
      of(times.template) / of(times.healthy),
    ];
  });
}

/** What a changed intent costs before the first proxy is offered it, and what a changed pod costs meanwhile. */
export default async function gate(): Promise<Section> {
  const rows: (readonly (string | number)[])[] = [];
  for (const size of SIZES) rows.push(await measure(size));
  return {
    title: 'The gate',
    note: `From the delivery of a change until a proxy that waits is offered what comes of it: a template that is new to all, alone and with one entry that HAProxy refuses; a pod that moves, alone and while a bad entry is tried. Medians of ${ROUNDS}; then of ${ROUNDS * MOVES} pods that move one after the other, beside a healthy intent, and beside an entry and a template that are held back. Beside it, one render of everything by a new template and one \`haproxy -c\`. The pods are of 9 kB.`,
    head: [
      'fleet',
      'render and check, ms',
      'good, ms',
      'times',
      'one bad, ms',
      'checks, most',
      'pod, ms',
      'pod while one is tried, ms',
      'pods in a row, ms',
      'beside a bad entry, times',
      'beside a broken template, times',
    ],
    rows,
  };
}
