import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../functions/wire/log.ts';
import { openRecord } from '../../reloader/disk/record.ts';
import { createGuard } from '../../reloader/guard.ts';
import { createLoop } from '../../reloader/loop.ts';
import { createPoller } from '../../reloader/poll.ts';
import type { Occasion } from '../../reloader/refusal.ts';
import { createStatus } from '../../reloader/status.ts';
import { folder } from '../kit/folder.ts';
import { NO_EVIDENCE } from '../kit/no-evidence.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { until } from '../kit/until.ts';

interface Given {
  readonly reconcileMs: number;
  /** Whether something that was refused is to be fetched anew. */
  readonly isDue: boolean;
}

/** A loop that only notes what it would apply, and why. */
async function startLoop(t: TestContext, { reconcileMs, isDue }: Given) {
  const renderer = await startRenderer(t);
  renderer.serve(bundleOf('frontend web\n'));
  const status = createStatus('child');
  const poller = createPoller({
    renderer: new URL(renderer.url),
    query: { ssldir: '/ssl', filesdir: '/files' },
  });
  const stop = new AbortController();
  const occasions: Occasion[] = [];
  let isWaiting = isDue;
  const loop = createLoop({
    poller,
    reconciler: {
      start: async () => undefined,
      look: async () => undefined,
      settle: async () => undefined,
      retryInMs: () => (isWaiting ? 0 : undefined),
      async retry() {
        isWaiting = false;
        return false;
      },
      declined: () => undefined,
      async take({ etag }, occasion) {
        status.wanted = etag;
        occasions.push(occasion);
      },
    },
    guard: createGuard({}, () => performance.now()),
    record: await openRecord(join(await folder(), 'state.json')),
    teller: NO_EVIDENCE,
    look: async () => undefined,
    status,
    log: createLog({ component: 'loop', write: () => undefined }),
    name: 'proxy',
    waitMs: 1_000,
    reconcileMs,
    signal: stop.signal,
  });
  return {
    loop,
    renderer,
    status,
    occasions,
    run() {
      const running = loop.run();
      t.after(async () => {
        stop.abort();
        await running;
        await poller.close();
      });
    },
  };
}

test('who asks for a reconciliation gets it, though a scheduled one comes before the renderer does', async (t) => {
  const { loop, renderer, status, occasions, run } = await startLoop(t, {
    reconcileMs: 20,
    isDue: false,
  });
  await renderer.leave();
  loop.reconcile();
  run();
  await until('a scheduled one has come', () => status.counts.pollFailures > 3);
  await renderer.come();
  await until('it is back', () => occasions.length > 0);
  assert.equal(occasions[0], 'asked');
});

test('who asks for it gets it, though something is fetched anew at the same time', async (t) => {
  const { loop, occasions, run } = await startLoop(t, { reconcileMs: 0, isDue: true });
  loop.reconcile();
  run();
  await until('it is fetched', () => occasions.length > 0);
  assert.deepEqual(occasions, ['asked']);
});
