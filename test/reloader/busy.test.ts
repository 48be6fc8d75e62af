import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';

test('a reload that meets the start, or another one, comes after it', async (t) => {
  const home = await folder();
  const [config, socket] = [join(home, 'haproxy.cfg'), join(home, 'master.sock')];
  const hash = `sha256:${'a'.repeat(64)}`;
  // Many servers, so that a load takes its time: 3.2 answers for its master before its worker is there.
  const servers = Array.from({ length: 3_000 }, (_, i) => `  server s${i} 127.0.0.1:${1 + i}\n`);
  const text = `defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend web
  bind 127.0.0.1:${await freePort()}
  default_backend app
backend app
${servers.join('')}
global
  set-var proc.cfg_hash str(${hash})
`;
  await writeFile(config, text);
  const { master } = await startHaproxy(t, { config, socket });
  for (const what of ['the start', 'another reload']) {
    const reload = master.reload(hash, { deadlineMs: 30_000 });
    const other = master.reload(hash, { deadlineMs: 30_000 });
    for (const outcome of await Promise.all([reload, other]))
      assert.equal(outcome.kind, 'live', `${what}: ${JSON.stringify(outcome)}`);
  }
});
