import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createLog } from '../../functions/wire/log.ts';
import { openRecord } from '../../reloader/disk/record.ts';
import { createGuard } from '../../reloader/guard.ts';
import { createLoop } from '../../reloader/loop.ts';
import { createPoller, type Poller } from '../../reloader/poll.ts';
import type { Refusal } from '../../reloader/refusal.ts';
import { createStatus } from '../../reloader/status.ts';
import { folder } from '../kit/folder.ts';
import { NO_EVIDENCE } from '../kit/no-evidence.ts';
import { configOf, createWitness } from './sightings.ts';

const WAIT_MS = 1600;

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;

/** Dials another replica for every poll, as a Service does for every connection. */
function randomPoller(replicas: readonly Poller[]): Poller {
  return {
    poll: (request) => pick(replicas).poll(request),
    close: async () => {
      await Promise.all(replicas.map((replica) => replica.close()));
    },
  };
}

export interface WitnessOptions {
  readonly isGuarded: boolean;
  /** Whether its HAProxy, being of another version, refuses a configuration that others take. */
  readonly refuses?: (config: string) => boolean;
}

/**
 * A reloader's own loop, which dials another replica for every poll; instead of an HAProxy, somebody who looks at what it
 * takes.
 */
export async function startWitness(
  t: TestContext,
  urls: readonly string[],
  { isGuarded, refuses = () => false }: WitnessOptions,
) {
  const record = await openRecord(join(await folder(), 'state.json'));
  const status = createStatus('child');
  const witness = createWitness();
  let declined: Refusal | undefined;
  const controller = new AbortController();
  const query = { ssldir: '/ssl', filesdir: '/files' };
  const pollers = urls.map((url) => createPoller({ renderer: new URL(url), query }));
  const guard = createGuard({}, () => performance.now());
  const loop = createLoop({
    poller: randomPoller(pollers),
    reconciler: {
      start: async () => undefined,
      look: async () => undefined,
      settle: async () => undefined,
      retry: async () => true,
      retryInMs: () => undefined,
      declined: () => declined,
      take: async (bundle, occasion) => {
        const { etag } = bundle;
        status.wanted = etag;
        const revision = record.revisionOf(etag);
        if (revision !== undefined && refuses(configOf(bundle))) {
          declined = { etag, revision, at: '', code: 'check-failed', reason: '', errors: [] };
          witness.pass(`refuses ${revision}`);
          return;
        }
        if (occasion !== 'instead') declined = undefined;
        await record.update({ lastGood: etag });
        witness.see(bundle, `${occasion}, ${revision ?? 'of no revision'}`);
      },
    },
    guard: isGuarded ? guard : { ...guard, position: () => ({}), take: () => false },
    record,
    teller: NO_EVIDENCE,
    look: async () => undefined,
    status,
    log: createLog({ component: 'test', write: () => undefined }),
    name: 'test',
    waitMs: WAIT_MS,
    reconcileMs: 0,
    signal: controller.signal,
  });
  const end = loop.run();
  t.after(async () => {
    controller.abort();
    await end;
    await Promise.all(pollers.map((poller) => poller.close()));
  });
  return {
    witness,
    status,
    record,
    /** The revision that it does not want. */
    declines: () => declined?.revision,
  };
}
