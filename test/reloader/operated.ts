import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';
import { startBackend } from '../kit/backend.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { type RunningReloader, type ShownStatus, startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { until } from '../kit/until.ts';

export interface OperatedOptions {
  readonly flags?: readonly string[];
  /** A line more for the defaults. */
  readonly line?: string;
}

/** An audit only where something asks for it: nobody sees the first of January here. */
export const SELDOM = '--audit-schedule=0 0 1 1 *';
export const OFTEN = '--audit-schedule=* * * * * *';

/** Has an audit done, as the command `held` does; how things are then. */
export async function audited(reloader: RunningReloader): Promise<ShownStatus> {
  const socket = connect(join(reloader.stateDir, 'reloader.sock'));
  socket.end('held\n');
  await socket.toArray();
  return reloader.status();
}

/** A reloader with three servers live, and an operator's way to its HAProxy. */
export async function operated(t: TestContext, { flags = [SELDOM], line = '' }: OperatedOptions) {
  const names = ['a', 'b', 'c'];
  const backends = await Promise.all(names.map((name) => startBackend(t, name)));
  const servers = names.map((name, i) => `${name} 127.0.0.1:${backends[i]?.port}`);
  const port = await freePort();
  const renderer = await startRenderer(t);
  const options = { stateDir: await folder(), renderer: renderer.url, flags };
  const start = () => startReloader(t, options);
  const reloader = await start();
  const { worker } = createMaster(reloader.socket);
  const bundle = (list: readonly string[], timeout = 10) =>
    bundleOf(balancing(port, list, timeout).replace('mode http\n', `mode http\n${line}\n`));
  /** Serves these; another timeout is a reload. */
  const to = async (list: readonly string[], timeout?: number) => {
    const next = bundle(list, timeout);
    renderer.serve(next);
    return reloader.isLive(next.etag);
  };
  await to(servers);
  // There is one of a new worker, which is not to come between an operator's commands.
  await audited(reloader);
  const states = async () =>
    parseServerStates(await worker.ask('show servers state app')).get('app') ?? new Map();
  /** Each server's state, with its weight where it is not 1. */
  const shown = async () =>
    [...(await states())]
      .map(([name, { state, weight }]) => `${name} ${state}${weight === 1 ? '' : ` ${weight}`}`)
      .sort();
  const isShown = (...wanted: readonly string[]) =>
    until(`it shows ${wanted}`, async () => {
      const now = (await shown()).join();
      if (now !== wanted.join()) throw new Error(`it shows ${now}\n${reloader.log()}`);
      return true;
    });
  /** What an operator types. */
  const by = async (...commands: readonly string[]) => {
    for (const command of commands) await worker.ask(command);
  };
  return {
    servers,
    reloader,
    start,
    renderer,
    port,
    worker,
    bundle,
    to,
    states,
    shown,
    isShown,
    by,
  };
}
