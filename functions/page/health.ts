import type { ServiceStatus } from '../status/service-status.ts';
import { findTroubles, formatTroubles } from '../status/troubles.ts';
import { type Html, html } from './html.ts';

/** What is not well, each in a few words. */
export function troublesOf({ isReady, intent, fleet, sources, diagnostics }: ServiceStatus) {
  return findTroubles({
    isReady,
    state: intent.state,
    held: intent.held.length,
    ...fleet,
    stale: sources.filter(({ stale }) => stale !== undefined).length,
    errors: diagnostics.filter(({ severity }) => severity === 'error').length,
  });
}

/** Whether everything is well, in one line, which is told to those who do not see it, too, when it changes. */
export function healthLine(serviceStatus: ServiceStatus): Html {
  const { notReady } = serviceStatus;
  const troubles = troublesOf(serviceStatus);
  const tone = troubles.length === 0 ? 'well' : 'ill';
  return html`<p id="health" role="status" class="health" data-live="health"><span class="${tone}">${formatTroubles(troubles)}</span>${
    notReady && html` <span>${notReady.message}. ${notReady.hint}</span>`
  }</p>
`;
}
