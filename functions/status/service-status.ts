import { type DeliveredLine, type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import { findExpiring } from './expiry.ts';
import type { Poller, Pollers } from '../http/pollers.ts';
import { formatVariant } from '../http/variant.ts';
import type { GateStatus } from '../intent/status.ts';
import { createFleetWatch } from './mixed-fleet.ts';
import type {
  CertificateStatus,
  EarlierStatus,
  MassLossStatus,
  NotReady,
  Publisher,
  VariantStatus,
} from '../publish/publication.ts';
import { evidenceOf, type FleetQuery, type RankedProxy, rankFleet } from './ranked-fleet.ts';
import type { RenderStats, RenderCounts } from '../publish/render-stats.ts';
import type { RolloutStatus } from '../rollout/status.ts';
import type { CollectionStatus, Source } from '../core/source.ts';
import { type AsOf, formatAsOf } from '../wire/as-of.ts';
import type { Evidence } from '../wire/evidence.ts';

export interface ServiceStatusOptions {
  readonly version: string;
  readonly publisher: Publisher;
  readonly source: Source;
  readonly pollers: Pollers;
  readonly renders: RenderStats;
  /** The ConfigMap of certificates, for diagnostics. */
  readonly certificatesObject: string;
  /** The one of the template. */
  readonly templateObject: string;
  readonly now: () => number;
}

/** A proxy as it is shown. */
export interface ProxyStatus extends RankedProxy {
  /** The line that its HAProxy refuses, and what gave it. */
  readonly delivered?: DeliveredLine | undefined;
  readonly evidence?: Evidence | undefined;
}

/** A part of the fleet. */
export interface FleetStatus {
  readonly proxies: readonly ProxyStatus[];
  readonly found: number;
}

/** The state of the service, for `/status` and `/metrics` alike. Nothing secret is in it. */
export interface ServiceStatus {
  readonly version: string;
  readonly isReady: boolean;
  readonly notReady?: NotReady;
  readonly asOf: AsOf;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly (CollectionStatus & { readonly ageSeconds?: number })[];
  readonly certificates: readonly (CertificateStatus & { readonly secondsLeft: number })[];
  readonly intent: GateStatus;
  /** How a newer revision reaches the proxies in steps, where that is so. */
  readonly rollout?: RolloutStatus | undefined;
  readonly earlier: readonly EarlierStatus[];
  /** Absent while no mass loss is held. */
  readonly massLoss?: MassLossStatus | undefined;
  readonly variants: readonly (Omit<VariantStatus, 'config'> & { readonly name: string })[];
  /** How many pollers there are, and how they stand. */
  readonly fleet: FleetCounts;
  /** Some of them, trouble first: there may be thousands, so that only who shows them has them put together. */
  readonly pollers: (query: FleetQuery) => FleetStatus;
  readonly renders: RenderCounts;
}

export interface FleetCounts {
  readonly known: number;
  readonly converged: number;
  readonly refusing: number;
}

const seconds = (ms: number) => Math.round(ms) / 1000;

function count(pollers: Iterable<Poller>, isConverged: (poller: Poller) => boolean): FleetCounts {
  let [known, converged, refusing] = [0, 0, 0];
  for (const poller of pollers) {
    known += 1;
    if (isConverged(poller)) converged += 1;
    if (poller.refused !== undefined) refusing += 1;
  }
  return { known, converged, refusing };
}

/** Looks at everything, once. */
export function createServiceStatus(options: ServiceStatusOptions): () => ServiceStatus {
  const { version, publisher, source, pollers, renders, now } = options;
  const watchFleet = createFleetWatch();
  return () => {
    const at = now();
    const { variants, certificates, diagnostics, ...published } = publisher.status();
    const sources = source.status();
    const named = variants.map(({ config, ...v }) => ({ ...v, name: formatVariant(v.variant) }));
    const configs = new Map(variants.map(({ etag = '', config = '' }) => [etag, config]));
    const current = new Map(named.map(({ name, etag }) => [name, etag]));
    const shown = (proxy: RankedProxy): ProxyStatus => {
      const { poller } = proxy;
      const { revision = '', reason = '' } = poller.refused ?? {};
      const delivered = revision && publisher.complaint?.({ revision, reason });
      const evidence = evidenceOf(poller, at);
      return { ...proxy, ...(delivered && { delivered }), ...(evidence && { evidence }) };
    };
    const isConverged = ({ running, variant }: Poller) =>
      running !== undefined && running === current.get(variant);
    const stale = sources.flatMap((collection) => collection.stale ?? []);
    return {
      version,
      ...published,
      diagnostics: sortDiagnostics([
        ...diagnostics,
        ...source.diagnostics(),
        ...stale,
        ...findExpiring(certificates, { object: options.certificatesObject, now: at }),
        ...watchFleet({ pollers: pollers.all(), configs, object: options.templateObject }),
      ]),
      sources: sources.map((collection) => ({
        ...collection,
        ...(collection.currentAt !== undefined && {
          ageSeconds: seconds(at - collection.currentAt),
        }),
      })),
      certificates: certificates.map((certificate) => ({
        ...certificate,
        secondsLeft: seconds(certificate.expiresAt - at),
      })),
      variants: named,
      fleet: count(pollers.all(), isConverged),
      pollers(query) {
        const { proxies, found } = rankFleet(pollers.all(), isConverged, query);
        return { proxies: proxies.map(shown), found };
      },
      renders: renders.status(),
    };
  };
}

function formatIntent({ current, newest, held, ...rest }: GateStatus): Record<string, unknown> {
  const iso = <T extends { readonly since: number }>(item: T) => ({
    ...item,
    since: new Date(item.since).toISOString(),
  });
  return {
    ...rest,
    ...(current && { current: iso(current) }),
    ...(newest && { newest: iso(newest) }),
    held: held.map(iso),
  };
}

const isoTime = (ms: number) => new Date(ms).toISOString();

function formatRefused({ poller: { refused }, delivered }: ProxyStatus) {
  if (!refused) return {};
  return {
    refused: { ...refused, since: isoTime(refused.since), ...(delivered && { delivered }) },
  };
}

function formatProxy(proxy: ProxyStatus): Record<string, unknown> {
  const { name, address, variant, fleet, agent, haproxy, running, revision } = proxy.poller;
  const { runningSince, revisionSince, seenAt } = proxy.poller;
  return {
    ...{ name, address, variant, fleet, agent, haproxy, running, revision },
    ...(runningSince !== undefined && { runningSince: isoTime(runningSince) }),
    ...(revisionSince !== undefined && { revisionSince: isoTime(revisionSince) }),
    ...formatRefused(proxy),
    ...(proxy.evidence && { evidence: proxy.evidence }),
    isConverged: proxy.isConverged,
    seenAt: isoTime(seenAt),
  };
}

/** The status as JSON shows it: times as ISO 8601, the position as its header has it. */
export function formatServiceStatus(
  serviceStatus: ServiceStatus,
  maxPollers: number,
): Record<string, unknown> {
  const iso = isoTime;
  const { asOf, intent, fleet, pollers, certificates, sources, renders, massLoss, ...rest } =
    serviceStatus;
  // Those that need a look come first, in case not all are shown.
  const { proxies } = pollers({ text: '', from: 0, most: maxPollers });
  return {
    ...rest,
    asOf: formatAsOf(asOf),
    intent: formatIntent(intent),
    ...(massLoss && {
      massLoss: { ...massLoss, since: iso(massLoss.since), until: iso(massLoss.until) },
    }),
    sources: sources.map(({ currentAt, ...collection }) => ({
      ...collection,
      ...(currentAt !== undefined && { currentAt: iso(currentAt) }),
    })),
    certificates: certificates.map((certificate) => ({
      ...certificate,
      expiresAt: iso(certificate.expiresAt),
    })),
    renders: {
      ...renders,
      ...(renders.last && { last: { ...renders.last, at: iso(renders.last.at) } }),
    },
    pollers: {
      ...fleet,
      list: proxies.map(formatProxy),
    },
  };
}
