import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createCli } from '../../reloader/haproxy/cli.ts';
import { Cut } from '../../reloader/stop.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { answer, startMaster } from '../kit/master.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { until } from '../kit/until.ts';

/** A master that hangs in every command that `hangs` matches. */
const hanging = (t: TestContext, hangs: RegExp) =>
  startMaster(t, (command) => (hangs.test(command) ? undefined : answer(command)));

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
    const start = performance.now();
    // Two of a kind that come at once would be one.
    reloader.process.kill('SIGTERM');
    reloader.process.kill('SIGINT');
    assert.deepEqual(await reloader.ended, [0, null], reloader.log());
    assert.ok(performance.now() - start < 4_000, 'it is cut before any deadline');
    assert.match(reloader.log(), /"what was under way is left as it is/);
    assert.doesNotMatch(reloader.log(), /refused|"level":"error"/);
  });
