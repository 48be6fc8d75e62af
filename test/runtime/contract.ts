import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { parseCertificate } from '../../reloader/config/certificate.ts';
import { probe } from '../../reloader/haproxy/probe.ts';
import { plan, type Release } from '../../reloader/plan.ts';
import { isOfBackend } from '../../reloader/runtime/backends.ts';
import { createTombstones } from '../../reloader/runtime/tombstones.ts';
import { runOperations } from '../../reloader/runtime.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';
import { createAuditing } from './auditing.ts';
import { HAPROXY, type Instance, startHaproxy } from './haproxy.ts';
import { observe } from './observe.ts';
import { otherHand } from './other-hand.ts';
import { createRandom } from './random.ts';
import {
  hostsText,
  listText,
  mapText,
  mutateWorld,
  randomWorld,
  type World,
  worldText,
} from './world.ts';

export interface ContractOptions {
  readonly seed: number;
  readonly steps: number;
  readonly way: 'worker' | 'master';
}

export interface Tally {
  nothing: number;
  runtime: number;
  reload: number;
  /** What another hand did and an audit found: mended, or for a reload. */
  mended: number;
  unmended: number;
  /** That came or went at runtime. */
  backends: number;
  readonly reasons: Set<string>;
}

/** The last one is somebody else's. */
const ISSUES = [0, 1, 2, 9];
const NAMES = ['a0', 'b1', 'c2', 'd3'];

/** Servers that answer with their port. */
async function startServers(t: TestContext, count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const server = createServer((_, response) => {
      response.end(String((server.address() as AddressInfo).port));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.closeAllConnections());
    t.after(() => server.close());
    ports.push((server.address() as AddressInfo).port);
  }
  return ports;
}

async function makeCertificates() {
  const made = new Map<string, string>();
  for (const name of NAMES)
    for (const issue of ISSUES) {
      const { keyPem, certificatePem } = await makeCertificate({ names: [`${name}.test`] });
      made.set(`${name}/${issue}`, `# issue ${issue}\n${keyPem}\n\n${certificatePem}`);
    }
  return made;
}

/**
 * One HAProxy goes from one random configuration to the next, at runtime where the planner says so; after each step
 * it must show and do what one started on the new configuration does, though another hand was at it and an audit after
 * that.
 */
export async function contract(t: TestContext, options: ContractOptions): Promise<Tally> {
  const { seed, steps, way } = options;
  const random = createRandom(seed);
  const ports = await startServers(t, 10);
  const made = await makeCertificates();
  const counts = { nothing: 0, runtime: 0, reload: 0, mended: 0, unmended: 0 };
  const tally: Tally = { ...counts, backends: 0, reasons: new Set() };
  const filesOf = (world: World): Record<string, string> => ({
    'files/m.map': mapText(world),
    'files/list': listText(world),
    'files/hosts.map': hostsText(world),
    ...Object.fromEntries(
      world.certificates.map(([name, issue]) => [
        `ssl/${name}.pem`,
        made.get(`${name}/${issue}`) ?? '',
      ]),
    ),
  });
  const start = async (world: World) => {
    const root = await folder();
    const config = worldText(world, root);
    const instance = await startHaproxy(t, {
      root,
      config,
      files: filesOf(world),
      master: way === 'master',
    });
    return { root, instance };
  };
  const releaseOf = (world: World, root: string): Release => [
    { path: 'haproxy.cfg', content: worldText(world, root) },
    ...Object.entries(filesOf(world)).map(([path, content]) => ({ path, content })),
  ];
  const look = (world: World, { root, instance }: { root: string; instance: Instance }) =>
    observe({ instance, root, world, names: NAMES });

  const capabilities = await probe(HAPROXY);
  assert.ok(capabilities, `no HAProxy at ${HAPROXY}`);
  const { since30, addsBackends } = capabilities;
  const possible = { random, ports, since30, addsBackends };
  let world = randomWorld(possible);
  let live = await start(world);
  for (let step = 0; step < steps; step += 1) {
    const next = mutateWorld(possible, world);
    const decided = plan({
      old: releaseOf(world, live.root),
      new: releaseOf(next, live.root),
      root: live.root,
      capabilities,
    });
    tally[decided.kind] += 1;
    const label = `seed ${seed} step ${step}`;
    if (decided.kind === 'reload') {
      tally.reasons.add(decided.reason);
      await live.instance.stop();
      live = await start(next);
      world = next;
      continue;
    }
    if (decided.kind === 'runtime') {
      tally.backends += decided.operations.filter(isOfBackend).length / 2;
      const session = live.instance.open(way);
      const tombstones = createTombstones();
      const result = await runOperations({ operations: decided.operations, session, tombstones });
      assert.equal(result.kind, 'applied', `${label}: ${JSON.stringify(result)}`);
      await until(
        'all removed servers are deleted',
        async () => (await tombstones.sweep(session)) === 0,
      );
      session.close();
    }
    const session = live.instance.open(way);
    const files = releaseOf(next, live.root);
    const { audit, tombstones } = createAuditing({ root: live.root, files, capabilities });
    assert.deepEqual(await audit(session), [], `nothing is found: ${label}`);
    const strange = parseCertificate(made.get('a0/9') ?? '');
    const certificate = strange.kind === 'certificate' ? strange.certificate.pem : '';
    const done = await otherHand({ random, ...live, world: next, certificate });
    const found = await audit(session);
    await until('all strangers are deleted', async () => (await tombstones.sweep(session)) === 0);
    if (found.every(({ mended }) => mended)) {
      tally.mended += found.length;
      assert.deepEqual(await audit(session), [], `nothing is left: ${label} ${done.join('\n')}`);
    } else {
      tally.unmended += 1;
      await live.instance.stop();
      live = await start(next);
    }
    session.close();
    const fresh = await start(next);
    const [applied, expected] = [await look(next, live), await look(next, fresh)];
    const steps = decided.kind === 'runtime' ? decided.operations : [];
    const detail = `${label}\n${done.join('\n')}\n${JSON.stringify(steps.map((o) => ({ ...o, certificate: undefined })))}\n${worldText(world, live.root)}\n==>\n${worldText(next, live.root)}`;
    for (const part of Object.keys(expected) as (keyof typeof expected)[])
      assert.deepEqual(applied[part], expected[part], `${part}: ${detail}`);
    await fresh.instance.stop();
    world = next;
  }
  await live.instance.stop();
  return tally;
}
