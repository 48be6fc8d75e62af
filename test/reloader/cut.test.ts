import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Bundle } from '../../functions/wire/bundle.ts';
import { createCli } from '../../reloader/haproxy/cli.ts';
import { Cut } from '../../reloader/stop.ts';
import { balancing, proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { answer, startMaster } from '../kit/master.ts';
import { freePort } from '../kit/port.ts';
import { type RunningReloader, startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { until } from '../kit/until.ts';

/** A master that hangs in every command that `hangs` matches. */
const hanging = (t: TestContext, hangs: RegExp) =>
  startMaster(t, (command) => (hangs.test(command) ? undefined : answer(command)));

const servers = (count: number) =>
  Array.from({ length: count }, (_, i) => `s${i} 127.0.0.1:${1 + i}`);

async function isCut(reloader: RunningReloader) {
  const start = performance.now();
  // Two of a kind that come at once would be one.
  reloader.process.kill('SIGTERM');
  reloader.process.kill('SIGINT');
  assert.deepEqual(await reloader.ended, [0, null], reloader.log());
  assert.ok(performance.now() - start < 4_000, 'it is cut before any deadline');
  assert.match(reloader.log(), /"interrupted; the next start continues"/);
  assert.doesNotMatch(reloader.log(), /refused|"level":"error"/);
}

test('a call under way is cut when there is no more time, and none begins after', async (t) => {
  const { path, asked } = await hanging(t, /./);
  const hurry = new AbortController();
  const cli = createCli({ path, deadlineMs: 60_000, hurry: hurry.signal });
  const cut = assert.rejects(cli.ask('reload'), { name: 'AbortError' });
  await until('it is asked', () => asked.includes('reload'));
  hurry.abort(new Cut('no more time'));
  await cut;
  await assert.rejects(cli.ask('show info'), { name: 'AbortError' });
  assert.deepEqual(asked, ['reload']);
});

for (const [what, hangs] of [
  ['a reload that does not answer', /^reload/],
  ['a master that does not answer', /^show proc/],
] as const)
  test(`a second signal to end cuts ${what}, and refuses nothing`, async (t) => {
    const { path, asked } = await hanging(t, hangs);
    const renderer = await startRenderer(t);
    renderer.serve(bundleOf(proxying(await freePort(), 1)));
    const stateDir = await folder();
    const flags = [`--master-socket=${path}`];
    const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags });
    await until('it hangs', () => asked.some((command) => hangs.test(command)));
    await isCut(reloader);
  });

test('a second signal to end cuts a session under way, and refuses nothing', async (t) => {
  const port = await freePort();
  const bundles = [1, 2].map((n) => bundleOf(balancing(port, servers(n)))) as [Bundle, Bundle];
  let reloads = 0;
  const { path, asked } = await startMaster(t, (command) => {
    if (command === 'reload') reloads += 1;
    return answer(command, 1 + reloads, reloads === 0 ? undefined : bundles[0].etag);
  });
  const renderer = await startRenderer(t);
  renderer.serve(bundles[0]);
  const flags = [`--master-socket=${path}`];
  const reloader = await startReloader(t, {
    stateDir: await folder(),
    renderer: renderer.url,
    flags,
  });
  await reloader.isLive(bundles[0].etag);
  renderer.serve(bundles[1]);
  await until('a session hangs', () => asked.includes('prompt'));
  await isCut(reloader);
});
