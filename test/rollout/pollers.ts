import { Agent, request } from 'node:http';
import type { TestContext } from 'node:test';

/** A reloader without HAProxy: it polls over HTTP, and runs what it is given. */
export interface Poller {
  readonly name: string;
  /** The revision that it runs; empty before the first. */
  revision: string;
  /** What it tells with its next polls. */
  headers: Record<string, string>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function ask(agent: Agent, url: URL, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (response) => {
      response.on('error', reject).on('end', () => {
        const told = response.headers as Record<string, string | undefined>;
        resolve({ status: response.statusCode ?? 0, headers: told });
      });
      response.resume();
    });
    sent.on('error', reject).end();
  });
}

/** Starts proxies that poll this service, one poll after the other, until the test ends. */
export function startPollers(
  t: TestContext,
  { url, count }: { readonly url: string; readonly count: number },
): readonly Poller[] {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  let isEnded = false;
  t.after(() => {
    isEnded = true;
    agent.destroy();
  });

  async function poll(poller: Poller): Promise<void> {
    let [etag, seen] = ['', ''];
    while (!isEnded) {
      const answer = await ask(agent, new URL('/bundle', url), {
        'X-Proxy-Name': poller.name,
        Prefer: 'wait=5',
        ...(etag && { 'If-None-Match': etag }),
        ...(seen && { 'X-Config-As-Of': seen }),
        ...(poller.revision && { 'X-Running-Revision': poller.revision }),
        ...poller.headers,
      }).catch(() => ({ status: 0, headers: {} }) as Answer);
      if (answer.status === 200 || answer.status === 304) {
        etag = answer.headers.etag ?? '';
        seen = answer.headers['x-config-as-of'] ?? '';
        poller.revision = answer.headers['x-config-revision'] ?? '';
      } else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const pollers = Array.from(
    { length: count },
    (_, i): Poller => ({
      name: `haproxy-${i}`,
      revision: '',
      headers: {},
    }),
  );
  for (const poller of pollers) void poll(poller);
  return pollers;
}
