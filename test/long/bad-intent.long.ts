import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { startLoad } from '../kit/load.ts';
import { type Loop, type LoopOptions, namedBackend, startLoop } from '../kit/loop.ts';
import { freePort } from '../kit/port.ts';
import { holdPort } from '../kit/port-holder.ts';
import { startReloader } from '../kit/reloader.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

interface ServiceStatus {
  readonly intent: { readonly state: string; readonly held: readonly { readonly unit: string }[] };
  readonly pollers: {
    readonly known: number;
    readonly converged: number;
    readonly refusing: number;
  };
}

async function statusOf({ service }: Loop): Promise<ServiceStatus> {
  const { text } = await get(Number(new URL(service.url).port), '/status');
  return JSON.parse(text);
}

/** Something wrong that people write, and how it is known that it has been found. */
interface Fault {
  readonly what: string;
  readonly env?: LoopOptions['env'];
  spoil(loop: Loop, t: TestContext): Promise<void>;
  isFound(status: ServiceStatus): boolean;
  /** HAProxy itself closes its listeners for a moment, whoever asks it to. */
  readonly closes?: true;
}

const isHeldBack =
  (unit: string) =>
  ({ intent }: ServiceStatus) =>
    intent.state === 'held back' && intent.held.map((held) => held.unit).join() === unit;
const isRefused = ({ pollers }: ServiceStatus) => pollers.refusing === 1;

const ofTemplate = (what: string, more: string): Fault => ({
  what: `a template ${what}`,
  env: { CHECK_WITH: HAPROXY, RENDER_DEADLINE: '2', RENDER_MEMORY: '96' },
  spoil: (loop) => loop.write(`${loop.template}${more}`),
  isFound: isHeldBack('config'),
});

const FAULTS: readonly Fault[] = [
  ofTemplate('does not compile', '{% if'),
  ofTemplate('throws', '{{ nothing.at.all }}'),
  ofTemplate(
    'loops for ever',
    '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
  ),
  ofTemplate(
    'eats memory',
    '{% set ns = namespace(x=[]) %}{% for a in range(9999) %}{% set ns.x = ns.x + [[a] * 99999] %}{% endfor %}',
  ),
  ofTemplate('is refused by HAProxy', '\n  no such keyword\n'),
  {
    what: 'an entry of services does not parse',
    spoil: (loop) => loop.addServices({ other: '{nonsense' }),
    isFound: isHeldBack('services/other'),
  },
  {
    what: 'all proxies refuse what the service takes',
    spoil: (loop) => loop.write(`${loop.template}\n  no such keyword\n`),
    isFound: isRefused,
  },
  {
    what: 'a port is asked for that somebody holds',
    env: { CHECK_WITH: HAPROXY },
    async spoil(loop, t) {
      const { port } = await holdPort(t);
      await loop.write(`${loop.template}\nlisten more\n  bind 127.0.0.1:${port}\n`);
    },
    isFound: isRefused,
  },
  {
    what: 'a reload fails on what passed all checks',
    env: { CHECK_WITH: HAPROXY },
    async spoil(loop, t) {
      const { port } = await holdPort(t);
      const bind = `  .if 1\n  bind 127.0.0.1:${port}\n  .endif\n`;
      await loop.write(`${loop.template}\nlisten more\n${bind}`);
    },
    isFound: isRefused,
    closes: true,
  },
];

/** The certificate that HAProxy shows. */
function shown(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function renew(loop: Loop, tlsPort: number): Promise<void> {
  const { certificatePem } = await loop.renew();
  const { fingerprint256 } = new X509Certificate(certificatePem);
  await until('HAProxy shows it', async () => (await shown(tlsPort)) === fingerprint256);
}

/** Pods of a Deployment: none has the name of an earlier one. */
async function backends(t: TestContext) {
  const names = Array.from({ length: 9 }, (_, i) => `pod-${i}`);
  const all = await Promise.all(names.map((name) => namedBackend(t, name)));
  return [all.slice(0, 3), all.slice(3, 6), all.slice(6)];
}

for (const { what, env = {}, spoil, isFound, closes } of FAULTS)
  test(`while ${what}, pods that move and certificates that renew reach HAProxy, and no request goes to a dead address`, async (t) => {
    const tlsPort = await freePort();
    const loop = await startLoop(t, { env, tlsPort });
    const [before = [], meanwhile = [], after = []] = await backends(t);
    for (const backend of before) await loop.turnTo(backend);
    const load = startLoad(t, { port: loop.port, keepAlive: false });
    await spoil(loop, t);
    for (const backend of meanwhile) await loop.turnTo(backend);
    await until('it is found', async () => isFound(await statusOf(loop)));
    for (const backend of after) await loop.turnTo(backend);
    await renew(loop, tlsPort);
    await load.stop();
    const failures = load.failures.filter((why) => !closes || !why.endsWith('ECONNREFUSED'));
    assert.deepEqual(failures, []);
    assert.ok(load.answered() > 0);
    assert.ok(isFound(await statusOf(loop)));
  });

test('while one of two proxies refuses what the other takes, both follow the pods', async (t) => {
  const loop = await startLoop(t);
  const otherPort = await freePort();
  const [before = [], meanwhile = [], after = []] = await backends(t);
  const both = loop.template.replace(
    `bind 127.0.0.1:${loop.port}\n`,
    `bind "127.0.0.1:\${PORT}"\n`,
  );
  await loop.reloader.end();
  await loop.startReloader({ PORT: String(loop.port) });
  const other = await startReloader(t, {
    stateDir: await folder(),
    renderer: loop.service.url,
    env: { PORT: String(otherPort), REFUSES: 'yes' },
    flags: ['--name=other'],
  });
  await loop.write(both);
  const follow = async (pods: typeof before) => {
    for (const backend of pods) {
      await loop.turnTo(backend);
      await until('so does the other', async () => (await get(otherPort)).text === backend.name);
    }
  };
  await follow(before);
  const loads = [loop.port, otherPort].map((port) => startLoad(t, { port, keepAlive: false }));
  await loop.write(`${both}.if streq("$REFUSES",yes)\n.alert not here\n.endif\n`);
  await follow(meanwhile);
  await until('one runs it, the other refuses it', async () => {
    const { known, converged, refusing } = (await statusOf(loop)).pollers;
    return known === 2 && converged === 1 && refusing === 1;
  });
  await follow(after);
  for (const load of loads) await load.stop();
  assert.deepEqual(
    loads.flatMap(({ failures }) => failures),
    [],
  );
  assert.equal((await other.status()).counts.refusals, 1);
});
