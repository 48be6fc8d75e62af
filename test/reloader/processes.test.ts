import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProcesses, workerUptime } from '../../reloader/haproxy/processes.ts';

test('show proc of 2.6', () => {
  const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
7883            master          3 [failed: 2]   0d00h10m38s     2.6.12-1+deb12u4
# workers
12757           worker          0               1d02h03m04s     2.6.12-1+deb12u4
# old workers
12700           worker          2               0d00h00m01s     2.6.12-1+deb12u4
# programs

`;
  assert.deepEqual(parseProcesses(text), {
    master: 7883,
    reloads: 3,
    failed: 2,
    version: '2.6.12-1+deb12u4',
    workers: [12757],
    oldWorkers: [12700],
  });
  assert.equal(workerUptime(text), 93_784);
});

test('no master in it is no answer', () => {
  assert.equal(parseProcesses('\n'), undefined);
  assert.equal(workerUptime('\n'), undefined);
});
