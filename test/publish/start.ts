import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Change } from '../../functions/core/objects.ts';
import type { Tell } from '../../functions/core/occurrence.ts';
import type { History } from '../../functions/core/revision.ts';
import type { Checker } from '../../functions/intent/check.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import type { Answer } from '../../functions/publish/publication.ts';
import { createPublisher } from '../../functions/publish/publisher.ts';
import type { PublisherOptions } from '../../functions/publish/publisher-options.ts';
import { RENDERING } from '../../functions/settings/rendering.ts';
import type { AsOf } from '../../functions/wire/as-of.ts';
import { configMap, put } from '../kit/objects.ts';
import { lendRenderer } from '../kit/renderer-pool.ts';
import { VARIANT } from '../kit/rendering.ts';
import { type Asked, answerOf } from './ask.ts';
import { followCalls } from './follow-calls.ts';

export { VARIANT };
export const DEFAULT_MEMORY_MB = Number(RENDERING.renderMemory.fallback);
export const SETTINGS = {
  namespace: 'lb',
  dialect: 'jinja2',
  env: { ZONE: 'a' },
  statisticsPassword: 'secret',
} as const;
export const SERVICES = put(
  configMap('services', { web: '{"namespace":"shop","selector":{"app":"web"}}' }),
);
export const TEMPLATE =
  '{% for service in services %}{{ service.name }}{% for name in service.pods %} {{ service.pods[name].status.podIP }}{% endfor %}{% endfor %}\n';

export const config = (template: string, more = {}) =>
  put(configMap('config', { template, ...more }));

/** A publisher with a renderer of its own, and what tests ask of it. */
export function startPublisher(
  t: TestContext,
  options: {
    deadlineMs?: number;
    memoryMb?: number;
    quietMs?: number;
    checker?: Checker;
    foreChecker?: Checker;
    history?: History;
    tell?: Tell;
    rollout?: PublisherOptions['rollout'];
    proposalMs?: number;
    massLoss?: PublisherOptions['massLoss'];
    heedsRefusals?: boolean;
    onServed?: PublisherOptions['onServed'];
    statuses?: PublisherOptions['statuses'];
  } = {},
) {
  const lines: string[] = [];
  const write = (message: string) => (_: string, fields?: unknown) =>
    void lines.push(`${message} ${_} ${JSON.stringify(fields)}`);
  const history = followCalls(options.history ?? createMemoryHistory(10));
  const publisher = createPublisher({
    settings: SETTINGS,
    limits: {
      deadlineMs: options.deadlineMs ?? 20_000,
      memoryMb: options.memoryMb ?? DEFAULT_MEMORY_MB,
      ...(options.memoryMb === undefined && { lend: lendRenderer }),
    },
    variant: VARIANT,
    maxVariants: 3,
    quietMs: options.quietMs ?? 0,
    lagMs: 500,
    checker: options.checker,
    foreChecker: options.foreChecker,
    history: history.object,
    ...(options.onServed && { onServed: options.onServed }),
    ...(options.tell && { tell: options.tell }),
    statuses: options.statuses,
    massLoss: options.massLoss,
    ...(options.rollout && { rollout: options.rollout }),
    heedsRefusals: options.heedsRefusals ?? false,
    proposalMs: options.proposalMs,
    log: { debug: write('d'), info: write('i'), warn: write('w'), error: write('e') },
    sourceDiagnostics: () => [],
  });
  t.after(async () => {
    publisher.stop();
    await history.settled();
  });
  const deliver = (changes: readonly Change[], asOf: AsOf = {}, isSynced = true) =>
    publisher.deliver({ changes, asOf, isSynced, unread: [] });
  const ask = (asked: Partial<Asked> = {}) => answerOf(publisher, { variant: VARIANT, ...asked });
  const etag = async () => bundle(await ask()).etag;
  const text = async () => bundle(await ask()).config;
  return { publisher, deliver, ask, etag, text, lines };
}

/** The bundle of an answer that is one. */
export function bundle(answer: Answer) {
  return answer.kind === 'bundle' ? answer.publication : assert.fail(JSON.stringify(answer));
}
