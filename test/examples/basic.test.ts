import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_PASSWORD } from '../../functions/settings/rendering.ts';
import { readExample } from './example.ts';
import { get, podOf, startProxy } from './proxy.ts';

const ROUTES = [
  ['a hostname', 'shop.example.com', '/', 'shop'],
  ['another hostname of the same service', 'www.example.com', '/', 'shop'],
  ['a hostname with a port', 'shop.example.com:8000', '/', 'shop'],
  ['a hostname in capitals', 'SHOP.Example.COM', '/', 'shop'],
  ['a path', 'shop.example.com', '/api', 'shop-api'],
  ['what is below a path', 'shop.example.com', '/api/v1?x=1', 'shop-api'],
  ['what merely starts like a path', 'shop.example.com', '/apiary', 'shop'],
  ['a path of another hostname', 'www.example.com', '/api', 'shop'],
  ['a hostname by regular expression', 'anna.blog.example.com', '/', 'blog'],
  ['a hostname beside one with a regular expression', 'blog.example.com', '/', 'blog'],
  ['a hostname that is no match to its end', 'anna.blog.example.com.evil.test', '/', 'status 404'],
  ['a path by regular expression', 'anna.blog.example.com', '/2026/11/cat.png', 'blog-images'],
  ['a path that is no match', 'anna.blog.example.com', '/2026/11/cat.html', 'blog'],
  ['a service without a ready pod', 'wiki.example.com', '/', 'status 503'],
  ['a hostname of no service', 'nobody.example.com', '/', 'status 404'],
] as const;

test('basic routes by hostname and path', async (t) => {
  const proxy = await startProxy(t, { texts: readExample('basic') });
  for (const [reason, host, path, expected] of ROUTES)
    await t.test(reason, async () => {
      const got = await get({ port: proxy.port(8000), path, headers: { Host: host } });
      assert.equal(podOf(got), expected);
    });

  await t.test('pods are told who the client is, and by which scheme it came', async () => {
    const headers = { Host: 'shop.example.com', 'X-Forwarded-Proto': 'https' };
    const got = JSON.parse((await get({ port: proxy.port(8000), headers })).body);
    assert.equal(got.headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(got.headers['x-forwarded-proto'], 'http');
    assert.equal(got.headers.host, 'shop.example.com');
  });

  await t.test('a terminating pod and one that is not ready get nothing', () => {
    const apps = proxy.pods.map((pod) => pod.split('-').slice(0, -2).join('-'));
    assert.deepEqual(apps.sort(), [
      'blog',
      'blog',
      'blog-images',
      'shop',
      'shop',
      'shop-api',
      'shop-api',
      'worker',
    ]);
  });

  await t.test('the statistics are for those who know the password', async () => {
    const port = proxy.port(8404);
    assert.equal((await get({ port })).status, 401);
    const password = Buffer.from(`stats:${DEFAULT_PASSWORD}`).toString('base64');
    const page = await get({ port, headers: { Authorization: `Basic ${password}` } });
    assert.equal(page.status, 200);
    assert.match(page.body, /SERVICE_SHOP-API/);
  });
});
