/** What a person sees and does with the configuration, its origins, its history and its differences. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { until } from '../kit/until.ts';
import { assertAccessible, person } from './browser.ts';
import { createWorld, SERVICES, TEMPLATE } from './world.ts';

const panel = (page: Page) => page.getByRole('complementary', { name: 'What gave the line' });
const line = (page: Page, number: number) => page.locator(`#L${number}`);

test('somebody goes from the overview to the configuration, and points at a line', async (t) => {
  const world = await createWorld(t);
  const { page } = await person(t);
  await page.goto(world.url);
  await page.getByRole('link', { name: 'Configuration' }).click();
  await page.getByRole('heading', { name: 'Configuration' }).waitFor();
  assert.match((await line(page, 6).textContent()) ?? '', /server web-1 10\.0\.0\.2:8080/);
  await line(page, 6).hover();
  await panel(page).getByText('pod shop/web-1').waitFor();
  await panel(page).getByText('service web', { exact: true }).waitFor();
  await panel(page).getByText('macro server: template, line 7, column 8').waitFor();
  await line(page, 3).hover();
  await panel(page).getByText('haproxy.cfg, line 3').waitFor();
});

test('a line that is clicked stays, and its address can be handed on', async (t) => {
  const world = await createWorld(t);
  const { page } = await person(t);
  await page.goto(`${world.url}/explain`);
  await line(page, 6).getByRole('link').click();
  await panel(page).getByText('pod shop/web-1').waitFor();
  assert.match(page.url(), /\/explain\?file=haproxy\.cfg&line=6#L6$/);
  await line(page, 3).hover();
  await panel(page).getByText('line 3').waitFor();
  await page.getByRole('heading', { name: 'Configuration' }).hover();
  await panel(page).getByText('haproxy.cfg, line 6').waitFor();
  const other = await person(t, { javaScriptEnabled: false });
  await other.page.goto(page.url());
  const again = panel(other.page).getByRole('link', { name: 'look again' });
  await until('it is found out', async () => {
    if ((await again.count()) > 0) await again.click();
    return (await panel(other.page).getByText('pod shop/web-1').count()) > 0;
  });
  assert.match((await line(other.page, 6).getAttribute('class')) ?? '', /chosen/);
});

test('by keyboard: down and up from line to line, each told as it is reached', async (t) => {
  const world = await createWorld(t);
  const { page } = await person(t);
  await page.goto(`${world.url}/explain`);
  await line(page, 5).getByRole('link').focus();
  await page.keyboard.press('ArrowDown');
  await panel(page).getByText('pod shop/web-1').waitFor();
  await page.keyboard.press('ArrowUp');
  await panel(page).getByText('haproxy.cfg, line 5').waitFor();
  await page.keyboard.press('Enter');
  assert.match(page.url(), /line=5#L5$/);
  assert.equal(await panel(page).getAttribute('aria-live'), 'polite');
});

test('lines are found by typing, and shown where they stand', async (t) => {
  const world = await createWorld(t);
  const { page } = await person(t);
  await page.goto(`${world.url}/explain`);
  await page.getByRole('searchbox', { name: 'Lines with' }).focus();
  await page.keyboard.type('WEB-');
  await page.getByText('2 of 7 lines of haproxy.cfg have "WEB-"').waitFor();
  await page.reload();
  await page.getByText('2 of 7 lines of haproxy.cfg have "WEB-"').waitFor();
  await line(page, 7).getByRole('link').click();
  await page.getByRole('searchbox', { name: 'Lines with' }).fill('');
  await page.getByText('Lines 1 to 7 of 7').waitFor();
});

test('any two revisions are compared: what people wrote, and what came of it', async (t) => {
  const world = await createWorld(t);
  const { page } = await person(t);
  const count = async () => {
    const answer = await fetch(`${world.url}/history`);
    return ((await answer.json()) as { revisions: unknown[] }).revisions.length;
  };
  await world.write({ template: TEMPLATE.replace('maxconn 1000', 'maxconn 2000') });
  await until('the second is kept', async () => (await count()) === 2);
  await world.write({ services: { web: SERVICES.web } });
  await until('the third is kept', async () => (await count()) === 3);
  await page.goto(world.url);
  await page.getByRole('link', { name: 'History' }).click();
  const rows = page.getByRole('row');
  assert.match((await rows.nth(1).textContent()) ?? '', /services -shop; config template/);
  assert.match((await rows.nth(2).textContent()) ?? '', /config template/);
  await assertAccessible(page);
  await page.getByRole('radio', { name: 'Compare from revision 1' }).check();
  await page.getByRole('radio', { name: 'Compare to revision 3' }).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('heading', { name: 'Difference' }).waitFor();
  const written = page.getByRole('region', { name: 'What people wrote' });
  await written.getByText('services/shop').waitFor();
  const given = page.getByRole('region', { name: 'What comes of it' });
  const gone = given.getByRole('row').filter({ hasText: 'server shop-1' });
  assert.match(
    (await gone.textContent()) ?? '',
    /− \d.*template:\d+:\d+, service shop, pod shop\/shop-1/,
  );
  await gone.hover();
  await panel(page).getByText('pod shop/shop-1').waitFor();
  await assertAccessible(page);
  await gone.getByRole('link').click();
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`the rules of accessibility hold, in ${colorScheme} colours`, async (t) => {
    const world = await createWorld(t);
    const { page } = await person(t, { colorScheme });
    await page.goto(`${world.url}/explain?line=6#L6`);
    await assertAccessible(page);
    await page.goto(`${world.url}/history`);
    await assertAccessible(page);
    await page.goto(`${world.url}/diff`);
    await assertAccessible(page);
    const { page: astray } = await person(t, { colorScheme, expected: /404/ });
    await astray.goto(`${world.url}/nothing`);
    await assertAccessible(astray);
  });
