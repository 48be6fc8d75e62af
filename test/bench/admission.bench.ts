import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { readData } from '../../functions/core/objects.ts';
import type { Change } from '../../functions/core/objects.ts';
import { createChecker } from '../../functions/intent/check.ts';
import type { ProposalVerdict } from '../../functions/intent/proposal.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { createPublisher } from '../../functions/publish/publisher.ts';
import { createLog } from '../../functions/wire/log.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { until } from '../kit/until.ts';
import {
  BAD,
  configOf,
  PODS_PER_SERVICE,
  podsOf,
  SETTINGS,
  servicesOf,
  VARIANT,
} from './gate-world.ts';
import { alone, type Scope } from './scope.ts';
import { quantile, type Section } from './section.ts';

const SIZES = [10, 100, 1_000];
const ROUNDS = 7;

const dataOf = (change: Change) => (change.type === 'put' ? readData(change.json) : {});

function openChecker() {
  const limits = { deadlineMs: 30_000, memoryMb: 1024 };
  return createChecker({
    ...{ binaries: [HAPROXY], within: tmpdir(), env: { PATH: process.env.PATH } },
    ...limits,
  });
}

/** A publisher that serves, and nobody has asked yet. */
async function serving(scope: Scope, size: number) {
  const publisher = createPublisher({
    settings: SETTINGS,
    limits: { deadlineMs: 20_000, memoryMb: 1024 },
    variant: VARIANT,
    maxVariants: 3,
    quietMs: 0,
    checker: openChecker(),
    foreChecker: openChecker(),
    history: createMemoryHistory(3),
    log: createLog({ component: 'bench', level: 'error' }),
    sourceDiagnostics: () => [],
  });
  scope.after(async () => publisher.stop());
  const changes = [...podsOf(size), servicesOf(size), configOf(0)];
  publisher.deliver({ changes, asOf: {}, isSynced: true, unread: [] });
  await until('it serves', () => publisher.status().variants[0]?.etag);
  return publisher;
}

async function timed(ask: () => Promise<ProposalVerdict>, refused: number): Promise<number> {
  const startedAt = performance.now();
  const verdict = await ask();
  const took = performance.now() - startedAt;
  assert.ok(verdict.kind === 'judged', JSON.stringify(verdict));
  assert.equal(verdict.refused.length, refused);
  return took;
}

/** Milliseconds until somebody who goes on asking is told. */
async function untilKnown(ask: () => Promise<ProposalVerdict>): Promise<number> {
  const startedAt = performance.now();
  while ((await ask()).kind === 'unknown');
  return performance.now() - startedAt;
}

async function measure(size: number): Promise<readonly (string | number)[]> {
  return alone(async (scope) => {
    const first: number[] = [];
    const [good, bad]: [number[], number[]] = [[], []];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const publisher = await serving(scope, size);
      const [before, services] = [dataOf(configOf(0)), dataOf(servicesOf(size))];
      const proposeTemplate = () =>
        publisher.judgeProposal({ name: 'config', before, after: dataOf(configOf(round)) });
      const proposeBad = () =>
        publisher.judgeProposal({
          name: 'services',
          before: services,
          after: { ...services, bad: BAD },
        });
      first.push(await untilKnown(proposeTemplate));
      good.push(await timed(proposeTemplate, 0));
      bad.push(await timed(proposeBad, 1));
      publisher.stop();
    }
    const pods = (size * PODS_PER_SERVICE).toLocaleString('en');
    const of = (all: readonly number[]) => quantile(all, 0.5);
    return [
      `${size.toLocaleString('en')} services, ${pods} pods`,
      of(first),
      Math.max(...first),
      of(good),
      of(bad),
    ];
  });
}

/** How long `kubectl apply` waits for a word. */
export default async function admission(): Promise<Section> {
  const rows: (readonly (string | number)[])[] = [];
  for (const size of SIZES) rows.push(await measure(size));
  return {
    title: 'A word at kubectl apply',
    note: `Milliseconds until it is known what would become of a ConfigMap: a new template, when nobody has asked for long (a renderer is started and told of all pods) and when somebody just has, and one more entry that HAProxy refuses. Medians of ${ROUNDS}, and the longest. 1,800 are waited for at most. The pods are of 9 kB.`,
    head: ['fleet', 'first, ms', 'first, longest, ms', 'next, ms', 'one bad, ms'],
    rows,
  };
}
