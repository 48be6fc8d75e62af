import type { TestContext } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';

/** A reloader with one good release live, and all that it takes to give it others. */
export async function running(t: TestContext, head = '') {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const config = (more = '', start = head) => `${start}${proxying(port, backend.port, more)}`;
  const good = bundleOf(config());
  renderer.serve(good);
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(good.etag);
  return { renderer, reloader, stateDir, port, config, good };
}
