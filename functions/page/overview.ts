import type { ServiceStatus } from '../status/service-status.ts';
import { certificatesSection } from './certificates.ts';
import { diagnosticsSection } from './diagnostics.ts';
import { FLEET_ROWS, type FleetView, fleetSection } from './fleet.ts';
import { frame } from './frame.ts';
import { healthLine, troublesOf } from './health.ts';
import { heldSection } from './held.ts';
import { html } from './html.ts';
import { rolloutSection } from './rollout.ts';
import { sourcesSection } from './sources.ts';

/** The state of the service and of its fleet, as a page for people. */
export function overviewPage(
  serviceStatus: ServiceStatus,
  { view, now }: { readonly view: FleetView; readonly now: number },
): string {
  const { version, intent, rollout, fleet, diagnostics, certificates, sources } = serviceStatus;
  const proxies = serviceStatus.pollers({ ...view, most: FLEET_ROWS });
  return frame({
    title: `${troublesOf(serviceStatus).length === 0 ? 'Well' : 'Not well'} · kubernetes-haproxy`,
    here: './',
    health: healthLine(serviceStatus),
    version,
    now,
    alive: '',
    body: [
      html`<h1>Overview</h1>\n`,
      heldSection(intent, now),
      diagnosticsSection(
        diagnostics,
        intent.held.map(({ diagnostic }) => diagnostic),
      ),
      rolloutSection(intent, rollout, now),
      fleetSection(proxies, { view, known: fleet.known, now }),
      certificatesSection(certificates, now),
      sourcesSection(sources, now),
    ],
  });
}
