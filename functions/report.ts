import { type DeliveredLine, type Diagnostic, sortDiagnostics } from './core/diagnostics.ts';
import { findExpiring } from './expiry.ts';
import type { Poller, Pollers } from './http/pollers.ts';
import { formatVariant } from './http/variant.ts';
import type { GateStatus } from './intent/status.ts';
import { createFleetWatch } from './mixed-fleet.ts';
import type {
  CertificateStatus,
  EarlierStatus,
  MassLossStatus,
  NotReady,
  Publisher,
  VariantStatus,
} from './publication.ts';
import type { Renders, RendersStatus } from './renders.ts';
import type { CollectionStatus, Source } from './source.ts';
import { type AsOf, formatAsOf } from './wire/as-of.ts';

export interface ReportOptions {
  readonly version: string;
  readonly publisher: Publisher;
  readonly source: Source;
  readonly pollers: Pollers;
  readonly renders: Renders;
  /** The ConfigMap of certificates, for diagnostics. */
  readonly certificatesObject: string;
  /** The one of the template. */
  readonly templateObject: string;
  readonly now: () => number;
}

type Explained = NonNullable<Poller['refused']> & {
  /** The line that it is about, and what gave it. */
  readonly delivered?: DeliveredLine;
};

export interface ReportedPoller extends Omit<Poller, 'refused'> {
  readonly refused?: Explained | undefined;
  /** Whether it runs what this replica has for it now. */
  readonly isConverged: boolean;
}

/** The state of the service, for `/status` and `/metrics` alike. Nothing secret is in it. */
export interface Report {
  readonly version: string;
  readonly isReady: boolean;
  readonly notReady?: NotReady;
  readonly asOf: AsOf;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly (CollectionStatus & { readonly ageSeconds?: number })[];
  readonly certificates: readonly (CertificateStatus & { readonly secondsLeft: number })[];
  readonly intent: GateStatus;
  readonly earlier: readonly EarlierStatus[];
  /** Absent while no mass loss is held. */
  readonly massLoss?: MassLossStatus | undefined;
  readonly variants: readonly (Omit<VariantStatus, 'config'> & { readonly name: string })[];
  /** How many pollers there are, and how they stand. */
  readonly fleet: FleetCounts;
  /** Each of them, sorted by name: there may be thousands, so that only who shows them has them put together. */
  readonly pollers: () => readonly ReportedPoller[];
  readonly renders: RendersStatus;
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
export function createReport(options: ReportOptions): () => Report {
  const { version, publisher, source, pollers, renders, now } = options;
  const watchFleet = createFleetWatch();
  return () => {
    const at = now();
    const { variants, certificates, diagnostics, ...published } = publisher.status();
    const sources = source.status();
    const named = variants.map(({ config, ...v }) => ({ ...v, name: formatVariant(v.variant) }));
    const configs = new Map(variants.map(({ etag = '', config = '' }) => [etag, config]));
    const current = new Map(named.map(({ name, etag }) => [name, etag]));
    const explained = (refused: NonNullable<Poller['refused']>): Explained => {
      const { revision, reason } = refused;
      const delivered = revision && publisher.complaint?.({ revision, reason });
      return { ...refused, ...(delivered && { delivered }) };
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
      pollers: () =>
        pollers.list().map((poller) => ({
          ...poller,
          ...(poller.refused && { refused: explained(poller.refused) }),
          isConverged: isConverged(poller),
        })),
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

/** The report as JSON shows it: times as ISO 8601, the position as its header has it. */
export function formatReport(report: Report, maxPollers: number): Record<string, unknown> {
  const iso = (ms: number) => new Date(ms).toISOString();
  const { asOf, intent, fleet, pollers, certificates, sources, renders, massLoss, ...rest } =
    report;
  // Those that need a look come first, in case not all are shown.
  const ranked = [...pollers()].sort(
    (a, b) =>
      Number(b.refused !== undefined) - Number(a.refused !== undefined) ||
      Number(a.isConverged) - Number(b.isConverged),
  );
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
      list: ranked
        .slice(0, maxPollers)
        .map(({ sightedAt, isPolling, ...poller }) => ({ ...poller, seenAt: iso(poller.seenAt) })),
    },
  };
}
