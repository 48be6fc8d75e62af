import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { type Candidate, type Rollout, unpackRollout } from '../../functions/core/rollout.ts';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { configMap, configure } from '../kubernetes/objects.ts';
import { type ServiceProcess, startServiceProcess } from '../kit/service.ts';

/** Three replicas of the service on one API server. */
export interface Replicas {
  readonly server: ApiServer;
  readonly urls: readonly string[];
  /** The shared object as it is now. */
  rollout(): Rollout;
  /** The last that was seen of every candidate, with the proxies that it was given to. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  write(template: string): void;
  /** Kills one of them wherever it stands; it comes back at its address. */
  replace(index: number): Promise<void>;
}

const NAMES = ['a', 'b', 'c'];

export async function startReplicas(
  t: TestContext,
  env: Readonly<Record<string, string>>,
): Promise<Replicas> {
  const server = await startApiServer(t, { bookmarkMs: 200 });
  const { store } = server;
  configure(store, ['shop']);
  const write = (template: string) => {
    store.put('configmaps', configMap('config', { template }));
  };
  write('# start\n');
  const start = (name: string, listen?: string): Promise<ServiceProcess> =>
    startServiceProcess(t, { listen, env: { K8SBASE: server.baseFor(name), ...env } });
  const replicas = await Promise.all(NAMES.map((name) => start(name)));
  const urls = replicas.map(({ url }) => url);
  const rollout = () =>
    unpackRollout((store.get('configmaps', 'lb', 'rollout')?.data ?? {}) as Record<string, string>);
  const candidates = new Map<string, Candidate>();
  t.after(
    store.subscribe(() => {
      const { candidate } = rollout();
      if (candidate) candidates.set(candidate.hash, candidate);
    }),
  );
  return {
    server,
    urls,
    rollout,
    candidates,
    write,
    async replace(index) {
      const { child } = replicas[index] as ServiceProcess;
      child.kill('SIGKILL');
      await once(child, 'exit');
      const url = urls[index] as string;
      replicas[index] = await start(NAMES[index] as string, new URL(url).host);
    },
  };
}
