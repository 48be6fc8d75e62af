import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExample, renderTexts } from './example.ts';
import { get, podOf, startProxy } from './proxy.ts';

const texts = readExample('canary');
/** Twice the sum of the weights: three pods of 100, one of 10. */
const REQUESTS = 620;

test('canary gives pods requests by the weights of their labels', async (t) => {
  const proxy = await startProxy(t, { texts });
  const ask = async (headers: Record<string, string>) =>
    podOf(await get({ port: proxy.port(8000), headers: { Host: 'shop.example.com', ...headers } }));

  await t.test('the new version gets a tenth of what each other pod gets', async () => {
    const answers = await Promise.all(Array.from({ length: REQUESTS }, () => ask({})));
    const canaries = answers.filter((pod) => pod === 'shop-canary').length;
    assert.equal(answers.filter((pod) => pod === 'shop').length, REQUESTS - canaries);
    assert.ok(canaries >= 15 && canaries <= 25, `${canaries} of ${REQUESTS}, expected about 20`);
  });

  await t.test('testers get the new version', async () => {
    for (let i = 0; i < 5; i += 1) assert.equal(await ask({ 'X-Canary': 'always' }), 'shop-canary');
  });
});

test('canary without a pod of the new version serves testers like all others', async (t) => {
  const stable = texts.map(({ origin, text }) => ({
    origin,
    text: text.replace('track: canary', 'track: stable'),
  }));
  const proxy = await startProxy(t, { texts: stable });
  const headers = { Host: 'shop.example.com', 'X-Canary': 'always' };
  assert.match(podOf(await get({ port: proxy.port(8000), headers })), /^shop/);
});

for (const [label, expected] of [
  ['weight: "0"', 0],
  ['weight: "-5"', 0],
  ['weight: "300"', 256],
  ['weight: heavy', 100],
] as const)
  test(`canary takes a label ${label} as ${expected}`, () => {
    const changed = texts.map(({ origin, text }) => ({
      origin,
      text: text.replace('weight: "10"', label),
    }));
    const config = renderTexts(changed).files.find(({ path }) => path === 'haproxy.cfg')?.content;
    const line = new RegExp(`server shop-canary-\\S+ \\S+ weight ${expected}$`, 'm');
    assert.match(config ?? '', line);
  });
