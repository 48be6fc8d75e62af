import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Agent, request } from 'undici';
import { anyone } from '../../functions/access/none.ts';
import type { Explain } from '../../functions/publish/publication.ts';
import { createRenderStats } from '../../functions/publish/render-stats.ts';
import { type ServiceOptions, startService } from '../../functions/server/service.ts';
import { readSettings, type Settings } from '../../functions/settings.ts';
import { createLog } from '../../functions/wire/log.ts';
import { type MemoryPublisher, memoryPublisher } from './memory-publisher.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export type Ask = (
  path: string,
  options?: {
    method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
    headers?: Record<string, string>;
    body?: string | Uint8Array;
    signal?: AbortSignal;
  },
) => Promise<Answered>;

/** Of a configuration that says `global`. */
export const explain: Explain = async ({ variant }) => ({
  kind: 'explained',
  revision: `sha256:${'0'.repeat(64)}`,
  etag: `sha256:${'1'.repeat(64)}`,
  variant,
  explained: {
    delivered: [],
    paths: ['haproxy.cfg'],
    files: [
      {
        path: 'haproxy.cfg',
        total: 1,
        lines: [{ line: 1, text: 'global', origin: { key: 'template', line: 1, column: 1 } }],
      },
    ],
  },
  certificates: [],
});

export function settingsOf(...argv: string[]): Settings {
  const read = readSettings({ env: { LISTEN: '127.0.0.1:0' }, argv });
  assert.ok(read.kind === 'settings', JSON.stringify(read));
  return read.settings;
}

/** A client of one address: many connections, kept alive. */
export function client(t: TestContext, url: string, dispatcher = new Agent()): Ask {
  t.after(() => dispatcher.destroy());
  return async (path, options = {}) => {
    const answer = await request(url + path, { ...options, dispatcher });
    const bytes = await answer.body.bytes();
    return {
      status: answer.statusCode,
      headers: answer.headers as Record<string, string>,
      bytes,
      text: Buffer.from(bytes).toString(),
    };
  };
}

/** The service over a publisher in memory, on a port of its own. */
export async function start(
  t: TestContext,
  given: Partial<ServiceOptions> & { argv?: string[]; publisher?: MemoryPublisher } = {},
) {
  const publisher = given.publisher ?? memoryPublisher();
  const lines: Record<string, unknown>[] = [];
  const service = await startService({
    settings: settingsOf(...(given.argv ?? [])),
    version: '1.0.0',
    source: {
      describes: 'a test',
      run: () => Promise.resolve(),
      status: () => [],
      diagnostics: () => [],
    },
    renderOnce: () => Promise.resolve({ kind: 'refused', diagnostics: [] }),
    renders: createRenderStats(Date.now),
    authenticator: anyone,
    reconcile: () => undefined,
    log: createLog({ component: 'test', write: (line) => lines.push(JSON.parse(line)) }),
    ...given,
    publisher,
  });
  t.after(() => service.stop());
  return { publisher, service, lines, ask: client(t, service.url) };
}
