import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ApiError } from '../../functions/kubernetes/api-error.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import { kubeconfigCredentials } from '../../functions/kubernetes/kubeconfig.ts';
import { startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';
import { follow } from './follower.ts';
import { begin, environment, kubeconfig, whoami } from './identities.ts';
import { configure, pod } from './objects.ts';
import { startHttpProxy, startSocksProxy } from './proxies.ts';

async function beginProxied(t: TestContext) {
  const { path, authority, server } = await begin(t);
  const config = join(path, 'config');
  const ca = Buffer.from(authority.ca).toString('base64');
  const through = async (proxy: string) => {
    const cluster = {
      server: server.base,
      'certificate-authority-data': ca,
      'proxy-url': proxy,
    };
    await writeFile(config, kubeconfig(cluster, { token: 'token-1' }));
    return await kubeconfigCredentials({ paths: config, environment });
  };
  return { authority, server, through };
}

const ACCOUNT = 'me:p@ss:word';
/** As it is written in a URL. */
const ENCODED = 'me:p%40ss%3Aword';

test('proxy-url: an HTTP proxy leads to the API server, TLS and token and all', async (t) => {
  const { server, through } = await beginProxied(t);
  const proxy = await startHttpProxy(t, { account: ACCOUNT });
  const ask = (account: string) => through(`http://${account}127.0.0.1:${proxy.port}`);
  assert.equal(await whoami(t, await ask(`${ENCODED}@`))(), 'let in');
  assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${server.port}`]);
  assert.equal(await whoami(t, await ask(''))(), 'kubernetes-unreachable');
});

test('proxy-url: an HTTPS proxy may be signed by the CA of the cluster', async (t) => {
  const { authority, server, through } = await beginProxied(t);
  const proxy = await startHttpProxy(t, { tls: authority.issue('proxy') });
  const credentials = await through(`https://127.0.0.1:${proxy.port}`);
  assert.equal(await whoami(t, credentials)(), 'let in');
  assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${server.port}`]);
});

test('proxy-url: a SOCKS5 proxy, with and without an account', async (t) => {
  const { server, through } = await beginProxied(t);
  const [open, closed] = [await startSocksProxy(t), await startSocksProxy(t, { account: ACCOUNT })];
  const url = (account: string, { port }: { port: number }) =>
    `socks5://${account}127.0.0.1:${port}`;
  assert.equal(await whoami(t, await through(url('', open)))(), 'let in');
  assert.equal(await whoami(t, await through(url(`${ENCODED}@`, closed)))(), 'let in');
  for (const { asked } of [open, closed])
    assert.deepEqual(asked, [`SOCKS5 127.0.0.1:${server.port}`]);
  assert.notEqual(await whoami(t, await through(url('me:wrong@', closed)))(), 'let in');
});

test('proxy-url: what goes wrong on the way says so, and never the password', async (t) => {
  const { authority, server, through } = await beginProxied(t);
  const [plain, encrypted] = [
    await startHttpProxy(t, { account: ACCOUNT }),
    await startHttpProxy(t, { tls: authority.issue('proxy') }),
  ];
  const told = async (proxy: string) => {
    const credentials = await through(proxy);
    assert.ok(!credentials.describes.includes('hush'), credentials.describes);
    assert.match(credentials.describes, /through (https?|socks5):\/\/127\.0\.0\.1:\d+/);
    const client = createApiClient(credentials);
    t.after(() => client.close());
    const call = { path: '/api/v1/pods', deadlineMs: 5000 };
    const error = await client.json(call).then(
      () => assert.fail(),
      (e: ApiError) => e,
    );
    assert.ok(!`${error.message} ${error.hint}`.includes('hush'), error.message);
    return error;
  };
  const refused = await told(`http://me:hush@127.0.0.1:${plain.port}`);
  assert.equal(refused.code, 'kubernetes-unreachable');
  assert.match(refused.message, /407/);
  assert.match(refused.hint, /proxy-url/);
  await server.close();
  const away = await told(`https://me:hush@127.0.0.1:${encrypted.port}`);
  assert.match(away.message, /502/);
  const [socks, unknown] = [await startSocksProxy(t), 'socks5://me:hush@127.0.0.1:1'];
  assert.match((await told(`socks5://127.0.0.1:${socks.port}`)).hint, /proxy-url/);
  assert.equal((await told(unknown)).code, 'kubernetes-unreachable');
});

test('proxy-url: an API server that speaks plain HTTP is asked by whole URLs', async (t) => {
  const server = await startApiServer(t);
  const proxy = await startHttpProxy(t);
  const config = join(await folder(), 'config');
  const cluster = { server: server.base, 'proxy-url': `http://127.0.0.1:${proxy.port}` };
  await writeFile(config, kubeconfig(cluster, {}));
  const credentials = await kubeconfigCredentials({ paths: config, environment });
  assert.equal(await whoami(t, credentials)(), 'let in');
  assert.deepEqual(proxy.asked, [`GET ${server.base}/api/v1/pods?limit=1`]);
});

for (const kind of ['http', 'socks5'] as const)
  test(`watches go through a proxy (${kind}), and go on when it was cut`, async (t) => {
    const { server, through } = await beginProxied(t);
    configure(server.store, ['shop']);
    const proxy = await (kind === 'http' ? startHttpProxy(t) : startSocksProxy(t));
    const credentials = await through(`${kind}://127.0.0.1:${proxy.port}`);
    const follower = follow(t, { base: server.base, credentials });
    await follower.synced();
    for (let i = 0; i < 3; i++) {
      server.store.put('pods', pod('shop', `p${i}`));
      await follower.agrees(server, 'pods/shop');
      for (const socket of proxy.connections) socket.destroy();
    }
    await until('it is current', () => follower.source.status().every(({ stale }) => !stale));
    assert.ok(proxy.asked.length > 0 && proxy.asked.every((to) => to.endsWith(`:${server.port}`)));
  });
