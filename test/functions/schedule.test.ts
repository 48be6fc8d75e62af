import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Occurrence } from '../../functions/core/occurrence.ts';
import { createExpirySweep } from '../../functions/status/expiry.ts';
import { createLog } from '../../functions/wire/log.ts';
import { startSchedule } from '../../functions/wire/schedule.ts';
import { until } from '../kit/until.ts';

function memoryLog() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ component: 'test', write: (line) => lines.push(JSON.parse(line)) });
  return { log, lines };
}

test('jobs run on their schedule, failures are logged, and abort ends them', async (t) => {
  const { log, lines } = memoryLog();
  const ended = new AbortController();
  t.after(() => ended.abort());
  let runs = 0;
  const jobs = [
    {
      name: 'works',
      expression: '* * * * * *',
      run: () => {
        runs += 1;
      },
    },
    {
      name: 'fails',
      expression: '* * * * * *',
      run: () => Promise.reject(new Error('no luck')),
    },
  ];
  // The schedule itself keeps no process alive.
  const alive = setInterval(() => undefined, 1000);
  t.after(() => clearInterval(alive));
  startSchedule(jobs, { log, signal: ended.signal });
  await until('both ran', () => runs > 0 && lines.length > 0);
  assert.deepEqual(
    [lines[0]?.message, lines[0]?.job, lines[0]?.level],
    ['scheduled job failed', 'fails', 'error'],
  );
});

test('a sweep tells of each certificate once for each limit that it passes', () => {
  const { log, lines } = memoryLog();
  let now = 0;
  const expiresAt = 40 * 86_400_000;
  const told: Occurrence[] = [];
  const sweep = createExpirySweep({
    certificates: () => [{ name: 'web', hostnames: [], expiresAt, fingerprint256: '' }],
    object: 'configmaps/lb/certificates',
    now: () => now,
    log,
    tell: (occurrence) => told.push(occurrence),
  });
  for (let day = 0; day <= 42; day++) {
    now = day * 86_400_000;
    sweep();
  }
  assert.deepEqual(
    lines.map(({ level, code, detail }) => [level, code, /within (\d+)/.exec(String(detail))?.[1]]),
    [
      ['warn', 'certificate-expires', '30'],
      ['warn', 'certificate-expires', '14'],
      ['error', 'certificate-expires', '3'],
      ['error', 'certificate-expired', undefined],
    ],
  );
  assert.deepEqual(
    told.map(({ reason, object, key, subject }) => [reason, object, key, subject]),
    lines.map(({ detail }) => ['CertificateExpires', 'configmaps/lb/certificates', 'web', detail]),
  );
});
