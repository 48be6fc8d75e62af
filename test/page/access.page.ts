/** How people come in where AUTH protects the page: by a token, a client certificate, or a reverse proxy. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { makeAuthority, makeCertificate } from '../functions/certificate-authority.ts';
import { folder } from '../kit/folder.ts';
import { startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { until } from '../kit/until.ts';
import { assertAccessible, person } from './browser.ts';
import { createWorld } from './world.ts';

const TOKEN = 'correct-horse-battery-staple';
/** The browser says so itself of each answer of 401. */
const REFUSED = /401/;

async function closedWorld(t: TestContext) {
  const file = join(await folder(), 'tokens');
  writeFileSync(file, `${TOKEN}\n`);
  return createWorld(t, { args: ['--auth', 'token', '--token-file', file], token: TOKEN });
}

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Show' }).click();
}

const isAsked = (page: Page) => page.getByRole('heading', { name: 'Sign in' }).waitFor();

test('a token that is typed once opens all pages, and is kept nowhere', async (t) => {
  const world = await closedWorld(t);
  const { page } = await person(t, { expected: REFUSED });
  await page.goto(world.url);
  await isAsked(page);
  await assertAccessible(page);
  await signIn(page, 'wrong-wrong-wrong-wrong');
  await page.getByRole('alert').getByText('token is not one of this service').waitFor();
  await page.keyboard.type(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByText('Everything is well.').waitFor();
  await page.getByRole('link', { name: 'Configuration' }).click();
  await page.getByText('Lines 1 to 7 of 7').waitFor();
  assert.match(page.url(), /\/explain$/);
  await page.locator('#L6').getByRole('link').click();
  await page.getByRole('complementary').getByText('pod shop/web-1').waitFor();
  await page.getByRole('searchbox').fill('web-');
  await page.getByText('2 of 7 lines').waitFor();
  await page.getByRole('link', { name: 'History' }).click();
  await page.getByText('Revisions: 1').waitFor();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('heading', { name: 'Difference' }).waitFor();
  await page.goBack();
  await page.getByText('Revisions: 1').waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await world.poll('edge-1', { 'x-refused-hash': 'sha256:x' });
  await page.getByText('1 proxy refuses').waitFor();
  await page.getByRole('link', { name: 'as JSON' }).click();
  await page.getByText('"isReady": true').waitFor();
  const kept = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, location.href])',
  );
  assert.doesNotMatch(String(kept), new RegExp(TOKEN));
  assert.deepEqual(await page.context().cookies(), []);
  await page.goto(world.url);
  await isAsked(page);
});

test('a token that ends is asked for anew, by itself', async (t) => {
  const file = join(await folder(), 'tokens');
  writeFileSync(file, `${TOKEN}\n`);
  const args = ['--auth', 'token', '--token-file', file];
  const world = await createWorld(t, { args, token: TOKEN });
  const { page } = await person(t, { expected: REFUSED });
  await page.goto(world.url);
  await signIn(page, TOKEN);
  await page.getByText('Everything is well.').waitFor();
  await world.poll('edge-1', { 'x-refused-hash': 'sha256:x' });
  await page.getByText('1 proxy refuses').waitFor();
  writeFileSync(file, `${TOKEN}-2\n`);
  await until('the old one is let in no more', async () => {
    // Whoever fails too often is not looked at any more.
    await delay(400);
    const headers = { authorization: `Bearer ${TOKEN}-2` };
    const said = { 'x-proxy-name': `edge-${Date.now()}` };
    await fetch(`${world.url}/bundle`, { headers: { ...headers, ...said } });
    return page.getByRole('heading', { name: 'Sign in' }).isVisible();
  });
  await signIn(page, `${TOKEN}-2`);
  await page.getByText('1 proxy refuses').waitFor();
});

test('without JavaScript whoever is not let in is told what to do', async (t) => {
  const world = await closedWorld(t);
  const { page } = await person(t, { javaScriptEnabled: false, expected: REFUSED });
  await page.goto(world.url);
  await page.getByText('Without JavaScript a page cannot send a token.').waitFor();
  assert.ok(!(await page.getByLabel('Token').isVisible()));
});

test('a client certificate opens the page', async (t) => {
  const own = await folder();
  makeAuthority(own);
  makeCertificate(own, 'renderer');
  makeCertificate(own, 'operator');
  const at = (name: string) => join(own, name);
  const files = ['--tls-cert', at('renderer.pem'), '--tls-key', at('renderer.key')];
  const clients = ['--tls-client-ca', at('ca.pem'), '--tls-client-names', 'operator'];
  const certificate = { certPath: at('operator.pem'), keyPath: at('operator.key') };
  const { url } = await createWorld(t, {
    ...{ args: ['--auth', 'tls', ...files, ...clients], ca: at('ca.pem') },
  });
  const { page } = await person(t, {
    ignoreHTTPSErrors: true,
    clientCertificates: [{ origin: new URL(url).origin, ...certificate }],
  });
  await page.goto(url);
  await page.getByText('Everything is well.').waitFor();
  await page.getByRole('link', { name: 'Configuration' }).click();
  await page.getByText('Lines 1 to 7 of 7').waitFor();
  const { page: stranger } = await person(t, { ignoreHTTPSErrors: true, expected: REFUSED });
  await stranger.goto(url);
  await stranger.getByRole('heading', { name: 'The client did not prove who it is' }).waitFor();
});

/** The example of the documentation, as somebody would copy it. */
function documentedProxy(): string {
  const page = join(import.meta.dirname, '../../../docs/operations.md');
  const [, text = assert.fail('no example')] =
    /```haproxy\n(global\n.*?)```/s.exec(readFileSync(page, 'utf8')) ?? [];
  return text;
}

test('a reverse proxy that knows people opens the page, as the documentation has it', async (t) => {
  const world = await closedWorld(t);
  const own = await folder();
  const port = await freePort();
  writeFileSync(
    join(own, 'haproxy.cfg'),
    documentedProxy()
      .replace(/bind :8443.*/, `bind 127.0.0.1:${port}`)
      .replace(/server renderer .*/, `server renderer ${new URL(world.url).host}`)
      .replace('TOKEN', TOKEN),
  );
  await startHaproxy(t, { config: join(own, 'haproxy.cfg'), socket: join(own, 'master.sock') });
  const url = `http://127.0.0.1:${port}/render/`;
  await until('it listens', async () => (await fetch(url)).status === 401);
  const { page: stranger } = await person(t, {
    ...{ httpCredentials: { username: 'alice', password: 'wrong' }, expected: REFUSED },
  });
  assert.equal((await stranger.goto(url))?.status(), 401);
  const { page } = await person(t, {
    httpCredentials: { username: 'alice', password: 'example' },
  });
  await page.goto(url);
  await page.getByText('Everything is well.').waitFor();
  await world.poll('edge-1', { 'x-refused-hash': 'sha256:x' });
  await page.getByText('1 proxy refuses').waitFor();
  await page.getByRole('link', { name: 'Configuration' }).click();
  await page.getByText('Lines 1 to 7 of 7').waitFor();
  assert.match(page.url(), /\/render\/explain$/);
  assert.equal(
    (
      await fetch(`${url}bundle`, {
        headers: { authorization: `Basic ${btoa('alice:example')}` },
      })
    ).status,
    403,
    'private keys are not for people',
  );
});
