import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { folder } from '../kit/folder.ts';
import { startHaproxy } from '../kit/haproxy.ts';
import { answer, startMaster } from '../kit/master.ts';
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

test('a question that a starting worker never answers is asked again at once', async (t) => {
  const hash = `sha256:${'a'.repeat(64)}`;
  let count = 0;
  const { path } = await startMaster(t, (command) => {
    if (command.startsWith('@1 get var')) count += 1;
    return count === 1 ? undefined : answer(command, 1, hash);
  });
  const start = performance.now();
  assert.equal((await createMaster(path).proof(hash, { deadlineMs: 30_000 })).kind, 'live');
  assert.ok(performance.now() - start < 4_000, 'before the deadline of a command');
});
