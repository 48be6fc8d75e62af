/** What a person sees and does at `/`, in a real browser. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { memoryPublisher } from '../functions/memory-publisher.ts';
import { start } from '../functions/start.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { configMap, secret } from '../kit/objects.ts';
import { freePort } from '../kit/port.ts';
import { until } from '../kit/until.ts';
import { assertAccessible, person } from './browser.ts';
import { manyPollers } from './many-pollers.ts';
import { createWorld, TEMPLATE, type World } from './world.ts';

const health = (page: Page) => page.getByRole('status').first();
const isFocused = async (locator: Locator): Promise<boolean> =>
  (await locator.and(locator.page().locator(':focus')).count()) === 1;
const fleet = (page: Page) => page.getByRole('region', { name: 'Fleet' });

/** Proxies that run the newest, lag and refuse. */
async function populate({ poll, served }: World): Promise<void> {
  const { etag, revision } = await served();
  const runs = { 'x-running-hash': etag, 'x-running-revision': revision };
  await poll('edge-1', { ...runs, 'x-haproxy-version': '3.2.1' });
  await poll('edge-2', {
    'x-running-hash': 'sha256:0123456789abcdef',
    'x-haproxy-version': '2.6.12',
  });
  await poll('edge-3', {
    ...{ 'x-running-hash': 'sha256:0123456789abcdef', 'x-haproxy-version': '2.6.12' },
    ...{ 'x-refused-hash': etag, 'x-refused-revision': revision },
    'x-refused-reason': "unknown keyword 'maxcon'",
  });
}

test('it tells in one line whether everything is well, and goes on telling', async (t) => {
  const world = await createWorld(t);
  const { page } = await person(t);
  await page.goto(world.url);
  assert.equal(await health(page).textContent(), 'Everything is well.');
  assert.equal(await page.title(), 'Well · kubernetes-haproxy');
  await page.evaluate(() => Object.assign(globalThis, { isSameDocument: true }));
  await populate(world);
  await page.getByText('Not everything is well: 1 proxy refuses; 1 proxy lags.').waitFor();
  assert.equal(await page.title(), 'Not well · kubernetes-haproxy');
  await world.write({ template: `${TEMPLATE}{% if %}` });
  await page
    .getByRole('region', { name: 'Held back' })
    .getByText(/template:10:/)
    .waitFor();
  await page.getByText('Nothing else is wrong with the inputs.').waitFor();
  const excerpt = await page.locator('pre.excerpt').first().textContent();
  assert.match(excerpt ?? '', /^\{% if %\}\n +\^$/);
  assert.ok(await page.evaluate(() => 'isSameDocument' in globalThis), 'nothing was reloaded');
});

test('the fleet: what each proxy runs, since when, and why one refuses, trouble first', async (t) => {
  const world = await createWorld(t);
  await populate(world);
  const { page } = await person(t);
  await page.goto(world.url);
  const rows = fleet(page).getByRole('row');
  const names = await rows.getByRole('rowheader').allTextContents();
  assert.deepEqual(names, ['edge-3', 'edge-2', 'edge-1']);
  const first = (await rows.nth(1).textContent()) ?? '';
  const { revision, etag } = await world.served();
  assert.match(first, /refuses [0-9a-f]{12} for \d+s/);
  assert.match(first, /unknown keyword 'maxcon'/);
  assert.match(first, /2\.6\.12/);
  const last = (await rows.nth(3).textContent()) ?? '';
  assert.ok(last.includes(revision.slice(7, 19)) && last.includes(etag.slice(7, 19)), last);
  const age = fleet(page).locator('time').first();
  const before = await age.textContent();
  await until('the age goes on', async () => (await age.textContent()) !== before);
});

function manyProxies(t: TestContext, count: number) {
  const publisher = memoryPublisher();
  publisher.publish('global\n');
  return start(t, { publisher, pollers: manyPollers(count, Date.now) });
}

test('of 10,000 proxies somebody finds some by typing, and turns the pages', async (t) => {
  const { service } = await manyProxies(t, 10_000);
  const { page } = await person(t);
  await page.goto(service.url);
  await fleet(page).getByText('Proxies 1 to 50 of 10000').waitFor();
  await fleet(page).getByRole('link', { name: 'next' }).click();
  await fleet(page).getByText('Proxies 51 to 100 of 10000').waitFor();
  const field = page.getByRole('searchbox', { name: 'Proxies with' });
  await field.focus();
  await page.keyboard.type('edge-77');
  await fleet(page).getByText('Proxies 1 to 50 of 111, of 10000 in all').waitFor();
  assert.ok(await isFocused(field), 'typing goes on');
  await page.keyboard.type('7');
  await fleet(page).getByText('Proxies 1 to 11 of 11').waitFor();
  assert.match(page.url(), /\?fleet=edge-777/);
  await page.reload();
  assert.equal(await field.inputValue(), 'edge-777');
  await fleet(page).getByText('Proxies 1 to 11 of 11').waitFor();
});

test('a key is where it was when something else changes', async (t) => {
  const world = await createWorld(t);
  await populate(world);
  const { page } = await person(t);
  await page.goto(world.url);
  const field = page.getByRole('searchbox', { name: 'Proxies with' });
  await field.fill('edge');
  await page.waitForURL(/fleet=edge/);
  await field.press('End');
  await world.poll('edge-4');
  await fleet(page).getByText('edge-4').waitFor();
  assert.ok(await isFocused(field));
  await page.keyboard.type('-2');
  await fleet(page).getByText('Proxies 1 to 1 of 1').waitFor();
});

test('by keyboard alone: the first key leads past the navigation, and all is reached in order', async (t) => {
  const world = await createWorld(t);
  await populate(world);
  const { page } = await person(t);
  await page.goto(world.url);
  await page.keyboard.press('Tab');
  assert.ok(await isFocused(page.getByRole('link', { name: 'Skip to the content' })));
  await page.keyboard.press('Enter');
  assert.ok(await isFocused(page.getByRole('main')));
  const field = page.getByRole('searchbox', { name: 'Proxies with' });
  for (const next of [field, page.getByRole('button', { name: 'Find' })]) {
    await page.keyboard.press('Tab');
    assert.ok(await isFocused(next));
  }
});

test('a service that is away is told, and found again', async (t) => {
  const listen = `127.0.0.1:${await freePort()}`;
  const world = await createWorld(t, { listen });
  // Chromium has several names for it.
  const { page } = await person(t, { expected: /net::ERR_/ });
  await page.goto(world.url);
  await populate(world);
  await page.getByText('1 proxy refuses').waitFor();
  world.child.kill('SIGKILL');
  await page.getByText('The service does not answer').waitFor();
  await createWorld(t, { listen });
  await page.getByText('Everything is well.').waitFor();
  await page
    .getByText('The service does not answer')
    .waitFor({ state: 'detached' })
    .catch(() => undefined);
  assert.equal(await page.locator('#connection').textContent(), '');
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`the rules of accessibility hold, in ${colorScheme} colours`, async (t) => {
    const world = await createWorld(t);
    const { page } = await person(t, { colorScheme });
    await page.goto(world.url);
    await assertAccessible(page);
    await populate(world);
    await world.write({ template: `${TEMPLATE}{% if %}` });
    await page.getByText('1 part is held back').waitFor();
    await assertAccessible(page);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    assert.equal(ground, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 17, 23)');
    await page.setViewportSize({ width: 320, height: 640 });
    await assertAccessible(page);
    const root = page.locator('html');
    const wide = await root.evaluate((element) => element.scrollWidth - element.clientWidth);
    assert.ok(wide <= 0, 'only tables are scrolled sideways');
  });

test('without JavaScript everything is there: forms and links do it', async (t) => {
  const { service } = await manyProxies(t, 120);
  const { page } = await person(t, { javaScriptEnabled: false });
  await page.goto(service.url);
  await page.getByRole('searchbox', { name: 'Proxies with' }).fill('edge-11');
  await page.getByRole('button', { name: 'Find' }).click();
  await fleet(page).getByText('Proxies 1 to 11 of 11, of 120 in all').waitFor();
  await page.goto(service.url);
  await fleet(page).getByRole('link', { name: 'last' }).click();
  await fleet(page).getByText('Proxies 101 to 120 of 120').waitFor();
  for (const name of ['Held back', 'Diagnostics', 'Rollout', 'Certificates', 'Sources'])
    assert.ok(await page.getByRole('region', { name }).isVisible(), name);
});

test('a rollout: somebody watches a change come to the first proxy, and why the next step waits', async (t) => {
  const world = await createWorld(t, {
    args: ['--rollout-steps', '1,100%', '--rollout-soak', '600'],
  });
  const { revision: stable } = await world.served();
  const ended = new AbortController();
  t.after(() => ended.abort());
  const proxies = (async () => {
    while (!ended.signal.aborted) {
      for (const name of ['edge-1', 'edge-2'])
        await world.poll(name, { 'x-running-revision': stable }).catch(() => undefined);
      await delay(200);
    }
  })();
  const { page } = await person(t);
  await page.goto(world.url);
  await fleet(page).getByText('edge-2').waitFor();
  await world.write({ template: TEMPLATE.replace('maxconn 1000', 'maxconn 2000') });
  const rollout = page.getByRole('region', { name: 'Rollout' });
  await rollout.getByText(/Candidate [0-9a-f]{12}: step 1 of 2, 0 of 1 proxies/).waitFor();
  const now = rollout.getByRole('listitem').first();
  assert.equal(await now.getAttribute('aria-current'), 'step');
  assert.match((await now.textContent()) ?? '', /^1 now for \d+s$/);
  await rollout.getByText('The next step waits:').waitFor();
  await assertAccessible(page);
  ended.abort();
  await proxies;
});

test('certificates are there by their end, with the one that ends soon on top', async (t) => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const [long, short] = await Promise.all([
    makeCertificate({ names: ['long.example.com'], days: 90 }),
    makeCertificate({ names: ['short.example.com'], days: 3 }),
  ]);
  const world = await createWorld(t, {
    more: [
      configMap('certificates', { a: long.certificatePem, b: short.certificatePem }),
      secret('keys', { a: base64(long.keyPem), b: base64(short.keyPem) }),
    ],
  });
  const { page } = await person(t);
  await page.goto(world.url);
  const certificates = page.getByRole('region', { name: 'Certificates' });
  assert.deepEqual(await certificates.getByRole('rowheader').allTextContents(), ['b', 'a']);
  await certificates.getByText(/\(in [23]d\)/).waitFor();
  await page
    .getByRole('region', { name: 'Diagnostics' })
    .getByText('certificate-expires')
    .waitFor();
});
