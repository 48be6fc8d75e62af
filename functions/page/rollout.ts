import { shortHash } from '../core/revision.ts';
import type { GateStatus } from '../intent/status.ts';
import type { MeasuredStep, RolloutStatus } from '../rollout/status.ts';
import { type Content, type Html, html } from './html.ts';
import { section } from './section.ts';
import { table } from './table.ts';
import { ago, lasting } from './time.ts';

const STATES: Readonly<Record<GateStatus['state'], string>> = {
  checking: 'is being checked',
  good: 'is served whole',
  'held back': 'is held back in part',
  'none good': 'is not good, and there is no earlier one',
  'rolling out': 'reaches the proxies in steps',
  halted: 'went badly on the first proxies, and is halted',
  pinned: 'waits: people hold the fleet to a revision, until rollout resume',
  paused: 'waits: people have paused, until rollout resume',
};

const MEASURES: Readonly<Record<MeasuredStep['measure'], string>> = {
  answers: 'answers of 500 and above',
  connections: 'requests that reached no server',
  responses: 'requests without a good answer',
  servers: 'servers that are down',
};

const code = (hash: string): Html => html`<code title="${hash}">${shortHash(hash)}</code>`;

const share = ({ bad, of, proxies }: MeasuredStep['stable']): string =>
  of === 0 ? '-' : `${((100 * bad) / of).toFixed(2)}% (${bad} of ${of}, ${proxies} proxies)`;

function evidenceTable(evidence: readonly MeasuredStep[]): Content {
  if (evidence.length === 0) return html`<p>Nothing has been counted in this step yet.</p>`;
  return table({
    caption: 'What the proxies of this replica have counted in this step',
    head: ['Share of', 'Candidate', 'Others'],
    rows: evidence.map(({ measure, candidate, stable }) => [
      ...[MEASURES[measure], share(candidate), share(stable)],
    ]),
  });
}

function candidateOf({ candidate }: RolloutStatus, now: number): Content {
  if (!candidate) return undefined;
  const { hash, step, steps, since, live, running, waits, evidence } = candidate;
  const items = steps.map(
    (name, i) =>
      html`<li${i + 1 === step && html` aria-current="step"`} class="${i + 1 < step ? 'done' : ''}">${name}${
        i + 1 < step ? ' done' : i + 1 === step && [' now ', lasting(Date.parse(since), now)]
      }</li>\n`,
  );
  return html`<p>Candidate ${code(hash)}: step ${step} of ${steps.length}, ${running} of ${live} proxies of this replica run it.</p>
<ol class="steps">
${items}</ol>
${waits !== '' && html`<p>The next step waits: ${waits}</p>`}${evidenceTable(evidence)}`;
}

function haltOf({ halted }: RolloutStatus, now: number): Content {
  if (!halted) return undefined;
  const { hash, step, at, reason } = halted;
  const when = Number.isNaN(Date.parse(at)) ? at : ago(Date.parse(at), now);
  return html`<p class="error">Revision ${code(hash)} was halted in step ${step + 1}, ${when}: ${reason}</p>`;
}

/** Which revision is served, and how a newer one reaches the proxies. */
export function rolloutSection(
  { current, newest, state }: GateStatus,
  rollout: RolloutStatus | undefined,
  now: number,
): Html {
  const body = html`<p>Served: ${current ? [code(current.hash), ' ', lasting(current.since, now)] : 'no revision yet'}.
The newest intent${newest && [' ', code(newest.hash)]} ${STATES[state]}${newest && [', ', ago(newest.since, now)]}.</p>
${rollout && [haltOf(rollout, now), candidateOf(rollout, now)]}`;
  return section({ id: 'rollout', title: 'Rollout', body });
}
