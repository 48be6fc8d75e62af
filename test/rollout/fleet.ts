import type { TestContext } from 'node:test';
import type { Publisher } from '../../functions/publish/publication.ts';
import type { SeenProxy } from '../../functions/rollout/convergence.ts';
import type { AsOf } from '../../functions/wire/as-of.ts';
import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { formatEvidence, revisionMark } from '../../functions/wire/evidence.ts';
import { formatToldAlerts } from '../../functions/wire/alerts-header.ts';
import { answerOf } from '../publish/ask.ts';
import { VARIANT } from '../publish/start.ts';

/** A proxy as a replica sees it, which polls and runs what it is given. */
export interface FleetProxy extends SeenProxy {
  revision: string | undefined;
  isPolling: boolean;
  sightedAt: number;
  refused: SeenProxy['refused'];
  /** Which line its HAProxy has named, for its renderer. */
  alerts: string | undefined;
  /** Every revision that it ran, in order. */
  readonly ran: string[];
  config: string;
}

export interface Fleet {
  readonly proxies: readonly FleetProxy[];
  /** How many run this revision. */
  running(revision: string): number;
}

interface FleetOptions {
  readonly count: number;
  readonly fleet?: string;
  /** What a proxy counts in a window: answers, and failures among them. */
  readonly counts?: (config: string, name: string) => readonly [answers: number, failures: number];
  /** Why a proxy refuses a configuration; undefined where it takes it. */
  readonly refuses?: (config: string, name: string) => string | undefined;
}

const tell = (revision: string, [answers, failures]: readonly [number, number]): string =>
  formatEvidence({
    revision: revisionMark(revision),
    seconds: 1,
    answers,
    failures,
    deaths: 0,
    outOfMemory: 0,
  });

/** Of a reason such as HAProxy gives: `haproxy.cfg:7: ...`. */
function alertsOf(reason: string, content: string): string | undefined {
  const [, line, message = ''] = /^haproxy\.cfg:(\d+): (.*)$/.exec(reason) ?? [];
  if (line === undefined) return undefined;
  const alert = { file: CONFIG_PATH, line: Number(line), message };
  return formatToldAlerts([alert], [{ path: CONFIG_PATH, content }]);
}

/** Proxies without HAProxy: each polls as a reloader does, one poll after the other, until the test ends. */
export function startFleet(t: TestContext, { count, fleet = '', refuses, counts }: FleetOptions) {
  let isEnded = false;
  t.after(() => {
    isEnded = true;
  });
  const proxies = Array.from(
    { length: count },
    (_, i): FleetProxy => ({
      name: `haproxy-${i}`,
      fleet,
      revision: undefined,
      isPolling: false,
      sightedAt: Number.NEGATIVE_INFINITY,
      refused: undefined,
      alerts: undefined,
      ran: [],
      config: '',
    }),
  );

  async function poll(proxy: FleetProxy, publisher: Publisher): Promise<void> {
    let etag: string | undefined;
    let seen: AsOf = {};
    while (!isEnded) {
      proxy.sightedAt = performance.now();
      proxy.isPolling = true;
      const { revision: running, refused } = proxy;
      if (counts && running !== undefined)
        publisher.evidence?.note(proxy, tell(running, counts(proxy.config, proxy.name)));
      const answer = await answerOf(publisher, {
        variant: VARIANT,
        proxy,
        running,
        ...(refused?.revision && {
          refused: {
            revision: refused.revision,
            reason: refused.reason,
            ...(proxy.alerts && { alerts: proxy.alerts }),
            ...(running && { running }),
          },
        }),
        ...(etag !== undefined && { etag }),
        seen,
        waitMs: 500,
      });
      proxy.isPolling = false;
      if (answer.kind === 'bundle') {
        const reason = refuses?.(answer.publication.config, proxy.name);
        if (reason === undefined) {
          etag = answer.publication.etag;
          seen = answer.asOf;
          proxy.config = answer.publication.config;
        } else {
          proxy.refused = { revision: answer.revision, reason };
          proxy.alerts = alertsOf(reason, answer.publication.config);
          continue;
        }
      }
      if (answer.kind === 'bundle' || answer.kind === 'same') {
        if (proxy.ran.at(-1) !== answer.revision) proxy.ran.push(answer.revision);
        proxy.revision = answer.revision;
      } else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  return {
    proxies,
    running: (revision: string) => proxies.filter((proxy) => proxy.revision === revision).length,
    start: (publisher: Publisher) => {
      for (const proxy of proxies) void poll(proxy, publisher);
    },
  };
}
