import type { TestContext } from 'node:test';
import { startBackend } from './backend.ts';
import { proxying } from './configuration.ts';
import { folder } from './folder.ts';
import { freePort } from './port.ts';
import { startReloader } from './reloader.ts';
import { bundleOf, startRenderer } from './renderer.ts';

export interface RunningOptions {
  /** What the configuration begins with. */
  readonly head?: string;
  /** More settings of the reloader. */
  readonly flags?: readonly string[];
}

/** A reloader with one good release live, and all that it takes to give it others. */
export async function running(t: TestContext, { head = '', flags = [] }: RunningOptions = {}) {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const config = (more = '', start = head) => `${start}${proxying(port, backend.port, more)}`;
  /** For each number a bundle that takes a reload from any other. */
  const version = (n: number) => bundleOf(config(`  http-request set-header x-version ${n}`));
  const good = bundleOf(config());
  renderer.serve(good);
  const start = () => startReloader(t, { stateDir, renderer: renderer.url, flags });
  const reloader = await start();
  await reloader.isLive(good.etag);
  return { backend, renderer, reloader, start, stateDir, port, config, version, good };
}
