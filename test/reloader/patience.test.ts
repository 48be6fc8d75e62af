import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { withPatience } from '../../reloader/patience.ts';

/** Until the signal. */
async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

test('whoever hears nothing gives up, and says for how long it heard nothing', async () => {
  const silent = withPatience(1, ({ signal }) => aborted(signal));
  await assert.rejects(silent, {
    code: 'poll-timeout',
    message: 'the renderer gave no sign for 0 s',
  });
  const silentLater = withPatience(60_000, ({ signal, await: wait }) => {
    wait(1);
    return aborted(signal);
  });
  await assert.rejects(silentLater, { code: 'poll-timeout' });
});

test('each part of an answer begins the patience anew', async () => {
  const PARTS = 8;
  async function* parts() {
    for (let part = 0; part < PARTS; part += 1) {
      await delay(200);
      yield part;
    }
  }
  const taken = await withPatience(1_500, async ({ signal, during }) => {
    let count = 0;
    for await (const _ of during(parts())) {
      signal.throwIfAborted();
      count += 1;
    }
    return count;
  });
  assert.equal(taken, PARTS);
});
