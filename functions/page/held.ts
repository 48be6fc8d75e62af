import type { GateStatus } from '../intent/status.ts';
import { diagnosticItem } from './diagnostics.ts';
import { type Html, html } from './html.ts';
import { section } from './section.ts';
import { lasting } from './time.ts';

const SERVED = {
  'last good': 'its last good value is served',
  'left out': 'it is left out, since there is no good value',
} as const;

/** The parts of the newest intent that are not served, each with the reason. */
export function heldSection({ held, fault, unjudged, history }: GateStatus, now: number): Html {
  const items = held.map(
    ({ unit, since, serves, diagnostic }) => html`<li>
<h3>${unit} <small>${lasting(since, now)}; ${SERVED[serves]}</small></h3>
${diagnosticItem(diagnostic)}</li>
`,
  );
  const faults = [
    fault !== undefined && html`<p class="error">The newest cannot be judged: ${fault}</p>`,
    unjudged !== undefined && html`<p class="warning">It was not checked: ${unjudged}</p>`,
    history !== undefined && html`<p class="warning">Revisions cannot be kept: ${history}</p>`,
  ];
  const body = [
    ...faults,
    held.length === 0
      ? html`<p>Nothing is held back.</p>`
      : html`<ul class="findings">\n${items}</ul>`,
  ];
  return section({ id: 'held', title: 'Held back', body });
}
