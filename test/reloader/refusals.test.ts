import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../functions/wire/log.ts';
import { openRecord } from '../../reloader/disk/record.ts';
import { createRefusals } from '../../reloader/refusals.ts';
import { createStatus } from '../../reloader/status.ts';
import { folder } from '../kit/folder.ts';
import { bundleOf } from '../kit/renderer.ts';

async function refusals() {
  const record = await openRecord(join(await folder(), 'state.json'));
  const log = createLog({ component: 'test', level: 'error', write: () => undefined });
  return { record, ...createRefusals({ record, status: createStatus('neighbour'), log }) };
}

const because = (code: string) => ({ code, reason: 'of a test', errors: [] });

test('what waits for a HAProxy that was away is due as soon as it is there', async () => {
  const { refuse, waiting, hasten } = await refusals();
  for (let i = 0; i < 10; i += 1) await refuse(bundleOf('a'), because('haproxy-away'));
  const before = waiting();
  assert.ok(before !== undefined && before.inMs > 0);
  assert.equal(hasten(), true);
  assert.deepEqual(waiting(), { bundle: bundleOf('a'), inMs: 0 });
});

test('what waits for something else waits on', async () => {
  const { refuse, waiting, hasten, supersede } = await refusals();
  assert.equal(hasten(), false);
  await refuse(bundleOf('a'), because('disk'));
  assert.equal(hasten(), false);
  assert.ok((waiting()?.inMs ?? 0) > 0);
  supersede();
  assert.equal(waiting(), undefined);
});

test('the renderer is told what the check refuses in the configuration, with the line; of surroundings it is not', async () => {
  const { refuse, record } = await refusals();
  const bundle = bundleOf('listen a\n  mode http\n  no such\n');
  const check = (message: string) => ({
    ...because('check-failed'),
    errors: [{ file: 'haproxy.cfg', line: 3, message }],
  });
  await refuse(bundle, check('could not resolve address'));
  assert.equal(record.memory.words, undefined);
  await refuse(bundle, check("unknown keyword 'no'"));
  const { etag, alerts } = record.memory.words ?? assert.fail();
  assert.equal(etag, bundle.etag);
  assert.deepEqual(JSON.parse(alerts), [
    {
      file: 'haproxy.cfg',
      line: 3,
      message: "unknown keyword 'no'",
      text: '  no such',
      section: 'listen a',
    },
  ]);
});

test('what was refused for what may pass waits for its time, however often it comes', async () => {
  const { refuse, rests, waiting, supersede, forgive } = await refusals();
  const [a, b] = [bundleOf('a'), bundleOf('b')];
  assert.equal(rests(a, 'came'), false);
  await refuse(a, because('disk'));
  supersede();
  assert.equal(rests(a, 'asked'), false);
  assert.equal(rests(a, 'due'), false);
  assert.equal(rests(a, 'instead'), true);
  assert.equal(waiting()?.bundle, a);
  await refuse(b, because('start-failed'));
  assert.equal(rests(a, 'instead'), true);
  assert.equal(waiting()?.bundle, b);
  assert.equal(rests(a, 'came'), true);
  assert.equal(waiting()?.bundle, a);
  await forgive(bundleOf('c').etag, 'came');
  assert.equal(rests(a, 'came'), false);
  await refuse(a, because('check-failed'));
  assert.equal(rests(a, 'came'), false);
});
