import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { HttpFunction } from '../http/exchange.ts';
import { isServedWhole } from '../intent/status.ts';
import type { RenderStats } from '../publish/render-stats.ts';
import type { ServiceStatus } from '../status/service-status.ts';

export interface Metrics {
  noteRequest(request: { name: string; status: number }): void;
  /** `GET /metrics`, in the text format of Prometheus. */
  readonly answer: HttpFunction;
}

export interface MetricsOptions {
  readonly serviceStatus: () => ServiceStatus;
  readonly renders: RenderStats;
  /** How many requests are held now. */
  readonly held: () => number;
  /** How many proxies report by a request that lasts. */
  readonly reporting: () => number;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Measure {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly samples: (status: ServiceStatus) => readonly Sample[];
}

const PREFIX = 'kubernetes_haproxy_';
const one = (value: number | boolean): readonly Sample[] => [[{}, Number(value)]];

/** What is true at the moment of a scrape, taken from one status. */
const MEASURES: readonly Measure[] = [
  {
    name: 'ready',
    help: 'Whether there is a bundle to serve',
    samples: ({ isReady }) => one(isReady),
  },
  {
    name: 'bundle_bytes',
    help: 'Size of each bundle as JSON',
    labels: ['variant'],
    samples: ({ variants }) =>
      variants.flatMap(({ name, size }) => (size === undefined ? [] : [[{ variant: name }, size]])),
  },
  {
    name: 'bundle_published_timestamp_seconds',
    help: 'When each bundle last changed',
    labels: ['variant'],
    samples: ({ variants }) =>
      variants.flatMap(({ name, publishedAt }) =>
        publishedAt === undefined ? [] : [[{ variant: name }, publishedAt.getTime() / 1000]],
      ),
  },
  {
    name: 'bundle_failing',
    help: 'Whether newer input does not render, so that the last good bundle is served',
    labels: ['variant'],
    samples: ({ variants }) =>
      variants.map(({ name, failure }) => [{ variant: name }, Number(failure !== undefined)]),
  },
  {
    name: 'intent_converged',
    help: 'Whether the newest intent is served whole: nothing of it is held back or still to be judged, and nobody holds the fleet to another',
    samples: ({ intent }) => one(isServedWhole(intent)),
  },
  {
    name: 'intent_info',
    help: 'How the newest intent stands (state), and the hash of the revision that is served',
    labels: ['state', 'revision'],
    samples: ({ intent: { state, current } }) => [[{ state, revision: current?.hash ?? '' }, 1]],
  },
  {
    name: 'intent_fault',
    help: 'Whether the newest intent cannot be judged, since the service itself fails',
    samples: ({ intent }) => one(intent.fault !== undefined),
  },
  {
    name: 'intent_held_back',
    help: 'Parts of the newest intent that are not served: config, or a service',
    labels: ['unit'],
    samples: ({ intent }) => intent.held.map(({ unit }) => [{ unit }, 1]),
  },
  {
    name: 'intent_unchecked',
    help: 'Whether the last check by HAProxy could not be made',
    samples: ({ intent }) => one(intent.unjudged !== undefined),
  },
  {
    name: 'pollers',
    help: 'Reloaders that polled lately',
    samples: ({ fleet }) => one(fleet.known),
  },
  {
    name: 'pollers_converged',
    help: 'Reloaders whose HAProxy runs the newest bundle',
    samples: ({ fleet }) => one(fleet.converged),
  },
  {
    name: 'pollers_refusing',
    help: 'Reloaders whose HAProxy refused a bundle',
    samples: ({ fleet }) => one(fleet.refusing),
  },
  {
    name: 'earlier_revisions',
    help: 'Revisions that are rendered beside the newest, for reloaders that refuse that one',
    samples: ({ earlier }) => one(earlier.length),
  },
  {
    name: 'mass_loss',
    help: 'Whether a mass loss of servers is held',
    samples: ({ massLoss }) => one(massLoss !== undefined),
  },
  {
    name: 'mass_loss_servers_lost',
    help: 'Servers that are lost in a mass loss that is held',
    samples: ({ massLoss }) => one(massLoss?.lost ?? 0),
  },
  {
    name: 'mass_loss_servers_kept',
    help: 'Those of them that are served as they were',
    samples: ({ massLoss }) => one(massLoss?.kept ?? 0),
  },
  {
    name: 'source_age_seconds',
    help: 'Seconds since each collection was last known to be complete and current',
    labels: ['collection'],
    samples: ({ sources }) =>
      sources.flatMap(({ collection, ageSeconds }) =>
        ageSeconds === undefined ? [] : [[{ collection }, ageSeconds]],
      ),
  },
  {
    name: 'source_stale',
    help: 'Whether a collection cannot be read now',
    labels: ['collection'],
    samples: ({ sources }) =>
      sources.map(({ collection, stale }) => [{ collection }, Number(stale !== undefined)]),
  },
  {
    name: 'source_objects',
    help: 'Objects of each collection',
    labels: ['collection'],
    samples: ({ sources }) => sources.map(({ collection, objects }) => [{ collection }, objects]),
  },
  {
    name: 'certificate_expiry_seconds',
    help: 'Seconds until each certificate expires; negative once it has',
    labels: ['certificate'],
    samples: ({ certificates }) =>
      certificates.map(({ name, secondsLeft }) => [{ certificate: name }, secondsLeft]),
  },
  {
    name: 'diagnostics',
    help: 'Faults of the inputs, by code and severity',
    labels: ['code', 'severity'],
    samples: ({ diagnostics }) => {
      const counts = new Map<string, { labels: Record<string, string>; count: number }>();
      for (const { code, severity } of diagnostics) {
        const known = counts.get(`${severity} ${code}`);
        if (known) known.count += 1;
        else counts.set(`${severity} ${code}`, { labels: { code, severity }, count: 1 });
      }
      return [...counts.values()].map(({ labels, count }) => [labels, count]);
    },
  },
];

/** Of Node.js, gauges by the names of counters; `nodejs_active_handles` and its like tell the same. */
const MISNAMED = ['handles', 'requests', 'resources'].map((of) => `nodejs_active_${of}_total`);

/** Counts requests in a map of its own: to find a counter by its labels takes longer than to answer a poll. */
function createRequestCounts(registers: Registry[]): Metrics['noteRequest'] {
  const counts = new Map<string, Map<number, number>>();
  const counter: Counter = new Counter({
    name: `${PREFIX}http_requests_total`,
    help: 'HTTP requests, by function and status',
    labelNames: ['function', 'status'],
    registers,
    collect() {
      counter.reset();
      for (const [name, statuses] of counts)
        for (const [status, count] of statuses) counter.inc({ function: name, status }, count);
    },
  });
  return ({ name, status }) => {
    const statuses = counts.get(name) ?? new Map<number, number>();
    counts.set(name, statuses);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
}

/** The service's metrics, in a registry of their own. */
export function createMetrics({
  serviceStatus,
  renders,
  held,
  reporting,
}: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const outcomes = new Counter({
    name: `${PREFIX}renders_total`,
    help: 'Renders, by outcome: changed, same, failed or killed',
    labelNames: ['outcome'],
    registers,
  });
  const durations = new Histogram({
    name: `${PREFIX}render_seconds`,
    help: 'How long renders took, in seconds',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  });
  const requests = createRequestCounts(registers);
  const polls: Gauge = new Gauge({
    name: `${PREFIX}held_polls`,
    help: 'Requests that are held until something changes',
    registers,
    collect: () => polls.set(held()),
  });
  const reports: Gauge = new Gauge({
    name: `${PREFIX}reporting_proxies`,
    help: 'Proxies that report what they count, by requests that last',
    registers,
    collect: () => reports.set(reporting()),
  });
  renders.subscribe(({ outcome, seconds }) => {
    outcomes.inc({ outcome });
    durations.observe(seconds);
  });
  const gauges = MEASURES.map(({ name, help, labels = [], samples }) => ({
    samples,
    gauge: new Gauge({ name: PREFIX + name, help, labelNames: [...labels], registers }),
  }));
  for (const outcome of ['changed', 'same', 'failed', 'killed']) outcomes.inc({ outcome }, 0);

  function measure(): void {
    const now = serviceStatus();
    for (const { gauge, samples } of gauges) {
      gauge.reset();
      for (const [labels, value] of samples(now)) gauge.set(labels, value);
    }
  }

  return {
    noteRequest: requests,
    async answer() {
      measure();
      const headers = { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' };
      return { status: 200, headers, body: await registry.metrics() };
    },
  };
}
