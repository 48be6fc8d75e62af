import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheOf, startPod } from './backends.ts';
import { readExample } from './example.ts';
import { type Got, get, podOf, startProxy } from './proxy.ts';

const texts = readExample('cache');

test('cache puts a caching tier in front of the services that ask for it', async (t) => {
  const proxy = await startProxy(t, {
    texts,
    startPod: (context, pod, { port }) =>
      pod.startsWith('varnish')
        ? startPod(
            context,
            pod,
            cacheOf(() => port(8001)),
          )
        : startPod(context, pod),
  });
  const ask = (host: string, rest: { path?: string; method?: string; headers?: object } = {}) =>
    get({ port: proxy.port(8000), ...rest, headers: { Host: host, ...rest.headers } });
  const cacheAnswer = ({ headers }: Got) => headers['x-cache'] as string | undefined;

  await t.test(
    'the second request for a URL is answered by the cache that took the first',
    async () => {
      for (const path of ['/', '/a', '/b', '/c?page=1', '/c?page=2']) {
        const first = await ask('magazine.example.com', { path });
        assert.equal(podOf(first), 'magazine');
        const second = await ask('magazine.example.com', { path });
        assert.equal(second.body, first.body);
        assert.match(cacheAnswer(first) ?? '', /^miss/);
        assert.equal(cacheAnswer(second), cacheAnswer(first)?.replace('miss', 'hit'));
      }
    },
  );

  await t.test('the pods learn of the client through the cache', async () => {
    const { body } = await ask('magazine.example.com', { path: '/client' });
    const { headers } = JSON.parse(body);
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
  });

  for (const [reason, host, rest] of [
    ['what is no GET or HEAD', 'magazine.example.com', { method: 'POST' }],
    ['what is private', 'magazine.example.com', { headers: { Authorization: 'Basic x' } }],
    ['a service that does not ask for it', 'account.example.com', {}],
  ] as const)
    await t.test(`${reason} goes past the cache`, async () => {
      const got = await ask(host, rest);
      assert.equal(got.status, 200);
      assert.equal(cacheAnswer(got), undefined);
    });

  await t.test('the second port serves cached services alone', async () => {
    const origin = (host: string) => get({ port: proxy.port(8001), headers: { Host: host } });
    assert.equal(podOf(await origin('magazine.example.com')), 'magazine');
    assert.equal(podOf(await origin('account.example.com')), 'status 404');
  });
});

for (const [reason, pods] of [
  ['has no ready pod', (text: string) => text.replaceAll('app: varnish', 'app: other')],
  ['is not there', (text: string) => text.replace('"tier": "cache",', '')],
] as const)
  test(`cache serves without the tier where it ${reason}`, async (t) => {
    const changed = texts.map(({ origin, text }) => ({ origin, text: pods(text) }));
    const proxy = await startProxy(t, { texts: changed });
    const got = await get({ port: proxy.port(8000), headers: { Host: 'magazine.example.com' } });
    assert.equal(podOf(got), 'magazine');
  });
