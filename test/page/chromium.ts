import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const SCRIPT = join(import.meta.dirname, '..', '..', '..', 'test', 'install-chromium.sh');

/** Starts the Chromium of the system. */
export function openBrowser(): Promise<Browser> {
  const executablePath = execFileSync('sh', [SCRIPT], { encoding: 'utf8' }).trim();
  // As root, which containers are, Chromium does without its sandbox alone: what it shows is our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
