/** Makes the pictures of the documentation anew, in docs/images: of a real service, in a real browser. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { openBrowser } from './chromium.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const WIDTH = 1180;

const ended: (() => unknown)[] = [];
const context = { after: (end: () => unknown) => ended.push(end) } as unknown as TestContext;

const from = mkdtempSync(join(tmpdir(), 'kh-screenshots-'));
ended.push(() => rmSync(from, { recursive: true }));
cpSync(join(ROOT, 'examples', 'basic'), from, { recursive: true });
const change = (file: string, before: string, after: string): void => {
  const path = join(from, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
  writeFileSync(path, text.replace(before, after));
};

const { url } = await startServiceProcess(context, { from });
await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok);

async function served() {
  const answer = await fetch(`${url}/bundle`);
  await answer.arrayBuffer();
  const [etag, revision] = [answer.headers.get('etag'), answer.headers.get('x-config-revision')];
  return { etag: String(etag).replaceAll('"', ''), revision: String(revision) };
}

async function poll(name: string, headers: Record<string, string>): Promise<void> {
  await (await fetch(`${url}/bundle`, { headers: { 'x-proxy-name': name, ...headers } })).text();
}

const before = await served();
change('config.yaml', 'retries 3', 'retries 2');
const after = await until('the second revision is served', async () => {
  const now = await served();
  return now.revision !== before.revision ? now : undefined;
});
const runs = { 'x-running-hash': after.etag, 'x-running-revision': after.revision };
const ran = { 'x-running-hash': before.etag, 'x-running-revision': before.revision };
for (const node of [1, 2, 3, 5, 6])
  await poll(`haproxy-node-${node}`, { ...runs, 'x-haproxy-version': '3.2.1' });
await poll('haproxy-node-4', {
  ...{ ...ran, 'x-haproxy-version': '2.6.12', 'x-refused-hash': after.etag },
  'x-refused-revision': after.revision,
  'x-refused-reason':
    "haproxy.cfg, line 13: unknown keyword 'idle-close-on-response' in 'defaults' section",
  'x-refused-alerts': JSON.stringify([
    { message: 'unknown keyword', file: 'haproxy.cfg', text: '    option idle-close-on-response' },
  ]),
});
change('services.yaml', '["wiki.example.com"],', '["wiki.example.com"');
await until('it is held back', async () =>
  (await (await fetch(`${url}/status`)).text()).includes('"held back"'),
);

const browser = await openBrowser();
ended.push(() => browser.close());

async function take(
  name: string,
  look: { readonly colorScheme: 'light' | 'dark'; readonly height: number },
  act: (page: Page) => Promise<unknown>,
): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: WIDTH, height: look.height },
    colorScheme: look.colorScheme,
  });
  await act(page);
  await page.screenshot({ path: join(ROOT, 'docs', 'images', `${name}.png`) });
  await page.close();
}

await take('overview', { colorScheme: 'light', height: 1060 }, async (page) => {
  await page.goto(url);
  await page.getByText('comes from template').first().waitFor();
});
await take('configuration', { colorScheme: 'dark', height: 480 }, async (page) => {
  await page.goto(`${url}/explain?line=71`);
  await page.locator('#L71').scrollIntoViewIfNeeded();
  await page.getByText('Called from').or(page.getByText('pod default')).first().waitFor();
});
await take('difference', { colorScheme: 'light', height: 640 }, async (page) => {
  await page.goto(`${url}/diff`);
  await page.getByRole('heading', { name: 'What comes of it' }).waitFor();
});
for (const end of ended.reverse()) await end();
