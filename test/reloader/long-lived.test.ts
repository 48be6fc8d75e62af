import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCli } from '../../reloader/haproxy/cli.ts';
import { openSession } from '../../reloader/runtime/session.ts';
import { underEither } from '../../reloader/under-either.ts';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';

const listeners = ({ signal }: AbortController) => getEventListeners(signal, 'abort').length;

test('a connection to HAProxy that has ended leaves nothing on the signal', async (t) => {
  const path = join(await folder(), 'sock');
  const server = createServer((socket) => socket.on('data', () => socket.end('0> \n> ')));
  await once(server.listen(path), 'listening');
  t.after(() => server.close());
  const hurry = new AbortController();
  const { signal } = hurry;
  for (let i = 0; i < 3; i += 1) await createCli({ path, hurry: signal }).ask('show info');
  const session = openSession({ path, hurry: signal });
  await session.ask('show info').catch(() => undefined);
  session.close();
  await until('nothing is left', () => listeners(hurry) === 0);
});

test('a connection is cut by the signal, also by one that was given before', async () => {
  const path = join(await folder(), 'sock');
  const server = createServer(() => undefined);
  await once(server.listen(path), 'listening');
  const hurry = new AbortController();
  const asked = createCli({ path, hurry: hurry.signal }).ask('show info');
  await once(server, 'connection');
  hurry.abort(new Error('why'));
  for (const each of [asked, createCli({ path, hurry: hurry.signal }).ask('show info')])
    await assert.rejects(each, { code: 'cli-unreachable' });
  await assert.rejects(asked, ({ cause }: Error) => {
    assert.equal((cause as Error).name, 'AbortError');
    assert.equal(((cause as Error).cause as Error).message, 'why');
    return true;
  });
  server.close();
});

test('work under either of two signals is told by whichever comes, and leaves nothing on them', async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const signals = [one.signal, other.signal];
  const told = underEither(signals, async (either) => {
    other.abort('the other');
    return either.reason as unknown;
  });
  assert.equal(await told, 'the other');
  assert.equal(await underEither(signals, async ({ reason }) => reason as unknown), 'the other');
  await assert.rejects(
    underEither(signals, () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.deepEqual([one, other].map(listeners), [0, 0]);
});
