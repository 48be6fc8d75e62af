import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killHaproxy } from '../kit/haproxy.ts';
import { namedBackend, startLoop } from '../kit/loop.ts';
import { until } from '../kit/until.ts';

interface Status {
  readonly rollout?: {
    readonly candidate?: { readonly running: number };
    readonly halted?: { readonly reason: string };
  };
}

test('a proxy of the candidate reports by a request that lasts until the rollout ends: that its HAProxy has died halts it', async (t) => {
  const env = { ROLLOUT_STEPS: '1,100%', ROLLOUT_SOAK: '600' };
  const loop = await startLoop(t, { env });
  await loop.turnTo(await namedBackend(t, 'one'));
  const read = async (path: string) => (await fetch(loop.service.url + path)).text();
  const status = async () => (JSON.parse(await read('/status')) as Status).rollout;
  await loop.write(`${loop.template}# two\n`);
  await until('it runs the candidate', async () => (await status())?.candidate?.running === 1);
  const reporting = (count: number) =>
    until(`${count} reports`, async () =>
      (await read('/metrics')).includes(`kubernetes_haproxy_reporting_proxies ${count}\n`),
    );
  await reporting(1);
  await killHaproxy(loop.reloader.socket);
  const halted = await until('it is halted', async () => (await status())?.halted);
  assert.match(halted.reason, /^HAProxy died on 1 of 1 proxies of the candidate/);
  await reporting(0);
});
