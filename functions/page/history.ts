import { type HistoryRow, listNames } from '../core/history-rows.ts';
import { shortHash } from '../core/revision.ts';
import { type Content, type Html, html } from './html.ts';
import { link } from './link.ts';
import { table } from './table.ts';
import { ago } from './time.ts';

function choice(name: 'from' | 'to', row: HistoryRow, isChosen: boolean): Html {
  const label = `${name === 'from' ? 'Compare from' : 'Compare to'} revision ${row.revision}`;
  return html`<input type="radio" name="${name}" value="${row.revision}" aria-label="${label}"${isChosen && html` checked`}>`;
}

function cells(row: HistoryRow, i: number, now: number): readonly Content[] {
  const { revision, hash, at, state, by, changed, held } = row;
  const when = Date.parse(at);
  return [
    html`<a href="${link('explain', { revision })}">${revision}</a>`,
    html`<code title="${hash}">${shortHash(hash)}</code>`,
    Number.isNaN(when) ? '-' : ago(when, now),
    state || '-',
    listNames(by) || '-',
    changed || '-',
    listNames(held) || '-',
    choice('from', row, i === 1),
    choice('to', row, i === 0),
  ];
}

const HEAD = [
  'Revision',
  'Hash',
  'Served first',
  'State',
  'By',
  'Changed',
  'Held back',
  'From',
  'To',
];

/** The revisions, the newest first, any two of which can be compared. */
export function historyBody(rows: readonly HistoryRow[], now: number): Html {
  const newest = [...rows].reverse();
  if (newest.length === 0)
    return html`<h1>History</h1>
<p>No revision is kept yet.</p>
`;
  return html`<h1>History</h1>
<p>Each revision of what people wrote that passed. <code>kubernetes-haproxy rollout undo</code> goes back to one.</p>
<form action="./diff" method="get" class="compare" aria-label="Compare two revisions">
${table({
  caption: `Revisions: ${newest.length}, the newest first`,
  head: HEAD,
  rows: newest.map((row, i) => cells(row, i, now)),
})}
<button>Compare</button>
</form>
`;
}
