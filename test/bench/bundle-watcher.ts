import { setTimeout as delay } from 'node:timers/promises';
import type { AsOf } from '../../functions/wire/as-of.ts';
import { type BundleFile, CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { createPoller } from '../../reloader/poll.ts';

/** Polls for bundles as a reloader does, and looks when texts are first in the configuration. */
export interface BundleWatcher {
  /** Looks out for a text from now on. */
  expect(text: string): void;
  /** From `expect` to the last byte of the first bundle with the text, in milliseconds. */
  readonly times: readonly number[];
  bundles(): number;
  end(): Promise<void>;
}

const WAIT_MS = 16_000;

/** @param options `takesDeltas`: asks for what is new alone, as a reloader does */
export function watchBundles(url: string, { takesDeltas = false } = {}): BundleWatcher {
  const query = { ssldir: '/etc/haproxy/ssl', filesdir: '/etc/haproxy/files' };
  let files: readonly BundleFile[] = [];
  const readBase = async () => files;
  const poller = createPoller({ renderer: new URL(url), query, ...(takesDeltas && { readBase }) });
  const controller = new AbortController();
  const { signal } = controller;
  const expected = new Map<string, number>();
  const times: number[] = [];
  let bundles = 0;
  let etag: string | undefined;
  let asOf: AsOf = {};

  const turn = async (): Promise<void> => {
    const polled = await poller.poll({ etag, asOf, waitMs: WAIT_MS, report: {}, signal });
    const at = performance.now();
    if (polled.kind === 'behind') await delay(50, undefined, { signal });
    if (polled.kind !== 'bundle') return;
    bundles++;
    ({ etag, asOf, files } = polled.bundle);
    const config = polled.bundle.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '';
    for (const [text, since] of expected) {
      if (!config.includes(text)) continue;
      times.push(at - since);
      expected.delete(text);
    }
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) await turn();
  };
  const ended = run().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return {
    expect: (text) => void expected.set(text, performance.now()),
    times,
    bundles: () => bundles,
    async end() {
      controller.abort();
      await ended;
      await poller.close();
    },
  };
}
