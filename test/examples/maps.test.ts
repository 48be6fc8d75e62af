import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestText } from '../../functions/index.ts';
import { readExample } from './example.ts';
import { get, podOf, startProxy } from './proxy.ts';

const ROUTES = [
  ['a hostname', 'shop.example.com', 'shop'],
  ['a hostname with a port, in capitals', 'WWW.example.com:8000', 'shop'],
  ['a name in place of the star', 'acme.tenants.example.com', 'tenants'],
  ['two names in place of the star', 'a.acme.tenants.example.com', 'status 404'],
  ['the name that the star stands before', 'tenants.example.com', 'status 404'],
  ['a name of a customer', 'app.customer.example', 'tenants'],
  ['a name that ends like another', 'myshop.example.com', 'status 404'],
] as const;

const HOSTNAMES = 5_000;

/** The example, with thousands of hostnames more for one service. */
function withThousands(texts: readonly ManifestText[]): readonly ManifestText[] {
  const more = Array.from({ length: HOSTNAMES }, (_, i) => `"customer-${i}.example.net"`).join();
  return texts.map(({ origin, text }) => ({
    origin,
    text: text.replace('"app.customer.example"', `"app.customer.example", ${more}`),
  }));
}

test('maps routes by a map of hostnames', async (t) => {
  const proxy = await startProxy(t, { texts: withThousands(readExample('maps')) });
  const ask = (host: string) => get({ port: proxy.port(8000), headers: { Host: host } });
  for (const [reason, host, expected] of ROUTES)
    await t.test(reason, async () => assert.equal(podOf(await ask(host)), expected));

  await t.test(`any of ${HOSTNAMES} hostnames`, async () => {
    for (const i of [0, 1, HOSTNAMES >> 1, HOSTNAMES - 1])
      assert.equal(podOf(await ask(`customer-${i}.example.net`)), 'tenants');
    assert.equal(podOf(await ask(`customer-${HOSTNAMES}.example.net`)), 'status 404');
  });

  await t.test('an unknown hostname gets the page that came with the configuration', async () => {
    const { headers, body } = await ask('nobody.example.com');
    assert.equal(headers['content-type'], 'text/html');
    assert.match(body, /There is nothing here/);
  });
});
