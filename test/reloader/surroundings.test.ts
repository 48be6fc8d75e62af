import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAlerts } from '../../functions/wire/alerts.ts';
import { isOfSurroundings, unboundAddresses } from '../../reloader/surroundings.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { holdPort } from '../kit/port-holder.ts';

const HEAD =
  'defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n';

/** What HAProxy says of lines in a frontend of its own. */
async function alertsOf(lines: string, flags: readonly string[] = ['-c']) {
  const path = join(await folder(), 'haproxy.cfg');
  await writeFile(path, `${HEAD}frontend f\n  bind 127.0.0.1:${await freePort()}\n${lines}`);
  const { stdout, stderr } = spawnSync(HAPROXY, [...flags, '-f', path], { encoding: 'utf8' });
  return parseAlerts(`${stdout}${stderr}`, path);
}

for (const [what, lines] of [
  ['a name that is not resolved', 'backend b\n  server s nohost.invalid:80\n'],
  ['a certificate that is not there', '  bind 127.0.0.1:1 ssl crt /nowhere/a.pem\n'],
  ['a list of certificates that is not there', '  bind 127.0.0.1:1 ssl crt-list /nowhere/list\n'],
  ['a map that is not there', '  use_backend %[hdr(host),map(/nowhere/a.map)]\n'],
  ['a file of patterns that is not there', '  acl x src -f /nowhere/list\n'],
  ['an error file that is not there', '  errorfile 503 /nowhere/503\n'],
  ['a file to return that is not there', '  http-request return file /nowhere/a\n'],
] as const)
  test(`${what} is a matter of the surroundings`, async () => {
    assert.ok(isOfSurroundings(await alertsOf(lines)));
  });

for (const [what, lines] of [
  ['an unknown word', '  no such keyword\n'],
  ['an unknown backend', '  use_backend nowhere\n'],
  [
    'an unknown word beside a name that is not resolved',
    'backend b\n  nonsense\n  server s a.invalid:80\n',
  ],
] as const)
  test(`${what} is the configuration's own`, async () => {
    assert.ok(!isOfSurroundings(await alertsOf(lines)));
  });

test('a port that somebody holds is a matter of the surroundings, and named', async (t) => {
  const address = `127.0.0.1:${(await holdPort(t)).port}`;
  const alerts = await alertsOf(`  bind ${address}\n`, []);
  assert.ok(isOfSurroundings(alerts));
  assert.deepEqual(unboundAddresses(alerts), [address]);
});

test('no word at all is none of the surroundings', () => {
  assert.ok(!isOfSurroundings([]));
});
