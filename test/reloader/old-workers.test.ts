import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { running } from '../kit/running.ts';
import { until } from '../kit/until.ts';

test('old workers beyond the budget end, the oldest first, and their connections are counted', async (t) => {
  const flags = ['--max-old-workers=1'];
  const { backend, renderer, reloader, version, port } = await running(t, { flags });
  const closed: number[] = [];
  for (let n = 1; n <= 3; n += 1) {
    // A slow request keeps the worker that took it.
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.on('error', () => undefined).on('close', () => closed.push(n));
    socket.write('GET /slow?9000 HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('it is under way', () => backend.server.listening && socket.bytesWritten > 0);
    renderer.serve(version(n));
    await reloader.isLive(version(n).etag);
  }
  await until('only one old worker is left', async () => {
    const { haproxy } = await reloader.status();
    return haproxy.oldWorkers === 1 && haproxy.oldConnections >= 1;
  });
  assert.deepEqual(closed, [1, 2]);
  assert.match(
    reloader.log(),
    /"stopping an old worker for a reload","pid":\d+,"connections":[1-9]/,
  );
});
