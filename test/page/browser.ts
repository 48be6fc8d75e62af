import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, type TestContext } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from './chromium.ts';
import { come, leaveAll } from './people.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let opened: Promise<Browser> | undefined;
const complaints: { readonly test: string; readonly told: readonly string[] }[] = [];

// Here, not in the hooks of the tests: Node.js leaves out the hooks that come after one that fails, so that the service
// of the test would stay, and the process with it.
after(async () => {
  await (await opened)?.close();
  assert.deepEqual(complaints, []);
});

export interface Person {
  readonly page: Page;
  /** What the browser has asked for, but for documents. */
  readonly hosts: () => ReadonlySet<string>;
}

/**
 * A person before a browser of its own: without cookies, with nothing remembered. At the end the browser must have had
 * nothing to complain of, and have asked nobody but the service.
 */
export async function person(
  t: TestContext,
  options: BrowserContextOptions & {
    /** Complaints that a test means to bring about. */
    readonly expected?: RegExp;
  } = {},
): Promise<Person> {
  opened ??= openBrowser();
  const browser = await opened;
  const { expected, ...context } = options;
  const own = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
  const page = await own.newPage();
  const told: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') told.push(message.text());
  });
  page.on('pageerror', (error) => told.push(String(error)));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:') hosts.add(host);
  });
  come(t, async () => {
    await own.close();
    const unexpected = told.filter((text) => !expected?.test(text));
    if (hosts.size > 1) unexpected.push(`it asked ${[...hosts]}`);
    if (unexpected.length > 0) complaints.push({ test: t.name, told: unexpected });
  });
  t.after(() => leaveAll(t));
  return { page, hosts: () => hosts };
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Holds a page to the rules of WCAG 2.2, A and AA, and to good practice, as axe knows them. */
export async function assertAccessible(page: Page): Promise<void> {
  // The page's own policy allows no script in it; this one comes by the debugger.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (options: object) => Promise<{ violations: Violation[] }> };
    };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    return (await axe.run({ runOnly: tags })).violations;
  });
  const told = violations.map(({ id, help, nodes }) => ({
    ...{ id, help },
    nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
  }));
  assert.deepEqual(told, []);
}
