import { Agent, request } from 'node:http';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

/** A reloader without HAProxy: it polls over HTTP, and runs what it is given. */
export interface Poller {
  readonly name: string;
  /** The revision that it runs; empty before the first. */
  revision: string;
  /** Every revision that it ran, in order. */
  readonly ran: string[];
  /** What it tells with its next polls. */
  headers: Record<string, string>;
  /** Whether its host is down: it does not poll. */
  isDown: boolean;
}

export interface PollersOptions {
  /** The replicas of the service. */
  readonly urls: readonly string[];
  readonly count: number;
  /** Why its HAProxy refuses a revision; undefined where it takes it. */
  readonly refuses?: (revision: string, poller: Poller) => string | undefined;
  /** What it tells of itself before each poll. */
  readonly tell?: (poller: Poller, answer: Answer | undefined) => void;
}

export interface Answer {
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

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;
const AWAY: Answer = { status: 0, headers: {} };

/** Starts proxies that poll, one poll after the other, until the test ends. */
export function startPollers(t: TestContext, options: PollersOptions): readonly Poller[] {
  const { urls, count, refuses = () => undefined, tell = () => undefined } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  let isEnded = false;
  t.after(() => {
    isEnded = true;
    agent.destroy();
  });

  function refusal(revision: string, reason: string): Record<string, string> {
    return {
      'X-Refused-Revision': revision,
      'X-Refused-Hash': revision,
      'X-Refused-Reason': reason,
    };
  }

  async function poll(poller: Poller): Promise<void> {
    let [etag, seen] = ['', ''];
    let refused: Record<string, string> = {};
    let last: Answer | undefined;
    let url = pick(urls);
    while (!isEnded) {
      while (poller.isDown && !isEnded) await delay(50);
      tell(poller, last);
      // Connections last, but not for ever.
      if (Math.random() < 0.03 || last?.status === 0) url = pick(urls);
      const answer = await ask(agent, new URL('/bundle', url), {
        'X-Proxy-Name': poller.name,
        Prefer: 'wait=5',
        ...(etag && { 'If-None-Match': etag }),
        ...(seen && { 'X-Config-As-Of': seen }),
        ...(poller.revision && { 'X-Running-Revision': poller.revision }),
        ...refused,
        ...poller.headers,
      }).catch(() => AWAY);
      last = answer;
      const { headers } = answer;
      const revision = headers['x-config-revision'] ?? '';
      if (answer.status !== 200 && answer.status !== 304) {
        await delay(50);
        continue;
      }
      const reason = answer.status === 200 ? refuses(revision, poller) : undefined;
      if (reason !== undefined) {
        refused = refusal(revision, reason);
        continue;
      }
      etag = headers.etag ?? '';
      seen = headers['x-config-as-of'] ?? '';
      if (poller.ran.at(-1) !== revision) poller.ran.push(revision);
      poller.revision = revision;
    }
  }

  const pollers = Array.from(
    { length: count },
    (_, i): Poller => ({
      name: `haproxy-${i}`,
      revision: '',
      ran: [],
      headers: {},
      isDown: false,
    }),
  );
  for (const poller of pollers) void poll(poller);
  return pollers;
}
