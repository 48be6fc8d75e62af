import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, type TestContext } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from './chromium.ts';
import { come, leaveAll } from './people.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Of a service that a test ends on purpose. */
const GONE = /net::ERR_(?:CONNECTION|EMPTY_RESPONSE|INCOMPLETE)/;

let opened: Promise<Browser> | undefined;

after(async () => (await opened)?.close());

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
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:') hosts.add(host);
  });
  let told: readonly string[] = [];
  come(t, async () => {
    await own.close();
    told = complaints.filter((text) => !GONE.test(text) && !expected?.test(text));
  });
  // Last of all: whatever comes after a hook that fails is left out.
  t.after(async () => {
    await leaveAll(t);
    assert.deepEqual(told, []);
    assert.ok(hosts.size <= 1, `it asked ${[...hosts]}`);
  });
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
