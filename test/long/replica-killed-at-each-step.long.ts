import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import type { ApiRequest } from '../apiserver/request.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { startServiceProcess, type ServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { configMap, configure, pod } from '../kubernetes/objects.ts';
import { telling } from '../kubernetes/sightings.ts';
import { startWitness } from '../kubernetes/witness.ts';

const NAMESPACES = ['shop', 'blog'];
/** How far behind each replica's events are, in milliseconds: the first is the one that writes, and is killed. */
const LAGS = { a: 0, b: 60, c: 250 } as const;
const VICTIM = 'a';
/** More than a change takes requests: the row ends when one has come through. */
const MOST = 40;

const servicesAt = (revision: number): Record<string, string> =>
  Object.fromEntries(
    NAMESPACES.map((namespace) => [
      `of-${namespace}`,
      JSON.stringify({ namespace, selector: { app: 'web' }, revision }),
    ]),
  );

const templateAt = (revision: number): string =>
  `frontend f\n  mode http\n  timeout client 1s\n  bind 127.0.0.1:1\n${telling(revision)}`;

/** A HAProxy that tells, by a file, when it is asked. */
async function telltaleHaproxy() {
  const home = await folder();
  const [path, asked] = [join(home, 'haproxy'), join(home, 'asked')];
  await writeFile(path, `#!/bin/sh\ndate +%s%N > "${asked}"\nexec "${HAPROXY}" "$@"\n`);
  await chmod(path, 0o755);
  return { path, lastAsked: async () => (await stat(asked)).mtimeMs };
}

async function begin(t: TestContext) {
  const server = await startApiServer(t, { bookmarkMs: 200 });
  configure(server.store, NAMESPACES);
  for (const [name, ms] of Object.entries(LAGS)) server.lags.set(name, ms);
  server.store.put('configmaps', configMap('services', servicesAt(0)));
  server.store.put('configmaps', configMap('config', { template: templateAt(0) }));
  const haproxy = await telltaleHaproxy();
  const start = (name: string, listen?: string) =>
    startServiceProcess(t, {
      listen,
      env: {
        K8SBASE: server.baseFor(name),
        QUIET_WINDOW: '0.02',
        CHECK_WITH: name === VICTIM ? haproxy.path : HAPROXY,
        PATH: process.env.PATH ?? '',
      },
    });
  const replicas = await Promise.all(Object.keys(LAGS).map((name) => start(name)));
  const urls = replicas.map(({ url }) => url);
  const proxies = await Promise.all(
    [1, 2, 3, 4].map(() => startWitness(t, urls, { isGuarded: true })),
  );
  await until('every proxy has a bundle', () =>
    proxies.every(({ witness }) => witness.text !== ''),
  );
  let victim = replicas[0] as ServiceProcess;
  return {
    server,
    haproxy,
    proxies,
    victim: () => victim,
    kill: () => void victim.child.kill('SIGKILL'),
    async revive() {
      const { child, url } = victim;
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      victim = await start(VICTIM, new URL(url).host);
    },
  };
}

type Scene = Awaited<ReturnType<typeof begin>>;

/** Something that a change makes the victim do, at which it is killed; gives whether it has come to that. */
interface Step {
  readonly what: string;
  /** Lays the trap, before the change. */
  readonly set: (scene: Scene) => Promise<() => Promise<boolean> | boolean>;
}

const isOfHistory = ({ client, resource, verb, name }: ApiRequest): boolean =>
  client === VICTIM &&
  verb !== 'watch' &&
  (resource === 'controllerrevisions' || (resource === 'configmaps' && name === 'rollout'));

/** At the request with this number that reads or writes the history: as it comes, or as it is done and not answered. */
const atRequest = (number: number, when: 'comes' | 'is done'): Step => ({
  what: `request ${number} ${when}`,
  async set({ server, kill }) {
    let [count, isKilled] = [0, false];
    const done = () => {
      isKilled = true;
      kill();
    };
    server.faults.add({
      fault: { kind: 'unanswered', done },
      when: (request) => {
        if (!isOfHistory(request) || count++ !== number) return false;
        if (when === 'comes') done();
        return when === 'is done';
      },
    });
    return () => isKilled;
  },
});

const atCheck: Step = {
  what: 'HAProxy is asked',
  async set({ haproxy, kill }) {
    const before = await haproxy.lastAsked();
    return async () => {
      if ((await haproxy.lastAsked()) === before) return false;
      kill();
      return true;
    };
  },
};

const atLine = (message: string): Step => ({
  what: message,
  async set({ victim, kill }) {
    const count = () =>
      victim()
        .log()
        .filter((line) => line.message === message).length;
    const before = count();
    return () => {
      if (count() === before) return false;
      kill();
      return true;
    };
  },
});

/** A good intent, or one of which a part is held back. */
function change({ store }: ApiServer, revision: number, isWhole: boolean): void {
  const services = servicesAt(revision);
  const bad = isWhole ? {} : { 'of-x': '{' };
  store.put('configmaps', configMap('services', { ...services, ...bad }));
  store.put('configmaps', configMap('config', { template: templateAt(revision) }));
  // Something moves everywhere: a replica that has just started knows no better than that all may have.
  for (const namespace of NAMESPACES) store.put('pods', pod(namespace, `${namespace}-${revision}`));
}

/** Whether all proxies have come to this revision, pods included. */
const hasCome = ({ proxies }: Scene, revision: number): boolean => {
  const texts = new Set(proxies.map(({ witness }) => witness.text));
  const [text = ''] = texts;
  const names = [`# config ${revision}\n`, `of-shop ${revision}`, `# pod shop-${revision}\n`];
  return texts.size === 1 && names.every((part) => text.includes(part));
};

test('a replica that is killed at any step of gate, write and publish takes no proxy back, and all come to agree', async (t) => {
  const scene = await begin(t);
  const { server, proxies, revive } = scene;
  let revision = 0;
  /** Tells whether the victim has come to that step at all. */
  async function killAt(step: Step): Promise<boolean> {
    revision += 1;
    const hasKilled = await step.set(scene);
    change(server, revision, revision % 3 !== 0);
    let revived: Promise<void> | undefined;
    // As Kubernetes does, it is started again at once: others may be behind the one that is gone.
    const look = async () => {
      if (!revived && (await hasKilled())) revived = revive();
    };
    await until(`all come to revision ${revision}, killed as ${step.what}`, async () => {
      await look();
      return hasCome(scene, revision);
    });
    await look();
    server.faults.clear();
    await revived;
    return revived !== undefined;
  }
  const done: string[] = [];
  for (const step of [atCheck, atLine('serving another intent'), atLine('bundle published')])
    for (const _ of [1, 2, 3]) if (await killAt(step)) done.push(step.what);
  for (const when of ['comes', 'is done'] as const)
    for (let number = 0; number < MOST; number += 1) {
      const step = atRequest(number, when);
      if (!(await killAt(step))) break;
      done.push(step.what);
    }
  t.diagnostic(`killed ${done.length} times: ${done.join(', ')}`);
  assert.ok(done.filter((what) => what.endsWith('comes')).length >= 5);
  assert.ok(done.filter((what) => what.endsWith('is done')).length >= 5);
  assert.ok(['HAProxy is asked', 'serving another intent'].every((what) => done.includes(what)));
  assert.deepEqual(
    proxies.flatMap(({ witness }) => witness.stepsBack),
    [],
  );
  assert.deepEqual(
    proxies.map(({ status }) => status.counts.guardDrops),
    [0, 0, 0, 0],
  );
});
