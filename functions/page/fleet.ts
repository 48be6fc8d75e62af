import { hashText } from '../status/ranked-fleet.ts';
import type { FleetStatus, ProxyStatus } from '../status/service-status.ts';
import { count } from '../status/troubles.ts';
import type { Evidence } from '../wire/evidence.ts';
import { type Content, type Html, html } from './html.ts';
import { link } from './link.ts';
import { deliveredLine } from './origin.ts';
import { section } from './section.ts';
import { table } from './table.ts';
import { ago, lasting } from './time.ts';

/** Which part of the fleet is looked at. */
export interface FleetView {
  readonly text: string;
  readonly from: number;
}

/** Rows of a page. */
export const FLEET_ROWS = 50;

/** Who is silent for so long, in milliseconds, is not between two polls. */
const SILENT_MS = 10_000;

const HEAD = ['Proxy', 'State', 'Revision', 'Configuration', 'HAProxy', 'Evidence', 'Seen'];
const MARKS = { refuses: 'bad', lags: 'odd', 'runs the newest': '' } as const;

function hash(value: string | undefined, since: number | undefined, now: number): Content {
  if (value === undefined) return '-';
  const name = html`<code title="${value}">${hashText(value)}</code>`;
  return since === undefined ? name : [name, ' ', lasting(since, now)];
}

function stateCell({ poller: { refused }, state, delivered }: ProxyStatus, now: number): Content {
  if (!refused) return state;
  const { etag, revision, reason, since } = refused;
  const what = html`<code title="${revision ?? etag}">${hashText(revision ?? etag)}</code>`;
  return html`<strong>refuses</strong> ${what} ${lasting(since, now)}<p class="reason">${reason}</p>${
    delivered && deliveredLine(delivered, revision)
  }`;
}

/** What its HAProxy counted over its last window. */
function evidenceCell(evidence: Evidence | undefined): string {
  if (!evidence) return '-';
  const { seconds, answers, failures, backends, servers, deaths, outOfMemory } = evidence;
  return [
    `${failures} of ${answers} answers failed in ${seconds} s`,
    ...(backends
      ? [
          `${backends.connectErrors + backends.responseErrors} of ${backends.requests} requests failed`,
        ]
      : []),
    ...(servers ? [`${servers.up} of ${servers.all} servers up`] : []),
    ...(deaths > 0 ? [`ended ${count(deaths, 'time', 'times')}`] : []),
    ...(outOfMemory > 0 ? [`out of memory ${count(outOfMemory, 'time', 'times')}`] : []),
  ].join('; ');
}

function row(proxy: ProxyStatus, now: number): readonly Content[] {
  const { name, address, variant, haproxy, seenAt, isPolling } = proxy.poller;
  const { revision, revisionSince, running, runningSince } = proxy.poller;
  return [
    html`<span title="${address}, ${variant}">${name}</span>`,
    stateCell(proxy, now),
    hash(revision, revisionSince, now),
    hash(running, runningSince, now),
    haproxy ?? '-',
    evidenceCell(proxy.evidence),
    isPolling || now - seenAt < SILENT_MS ? 'now' : ago(seenAt, now),
  ];
}

function pager({ text: fleet, from }: FleetView, found: number): Content {
  if (found <= FLEET_ROWS && from === 0) return undefined;
  const last = Math.max(0, Math.floor((found - 1) / FLEET_ROWS) * FLEET_ROWS);
  const to = (name: string, start: number, isOf: boolean) =>
    isOf &&
    html`<li><a href="${link('', { fleet, from: start || undefined })}#fleet">${name}</a></li>\n`;
  return html`<nav aria-label="Pages of the fleet"><ul class="pager">
${to('first', 0, from > 0)}${to('previous', Math.max(0, from - FLEET_ROWS), from > 0)}${to('next', from + FLEET_ROWS, from + FLEET_ROWS < found)}${to('last', last, from < last)}</ul></nav>`;
}

const filter = ({
  text,
}: FleetView): Html => html`<form action="./#fleet" method="get" role="search" aria-label="Proxies" data-follow>
<label for="fleet-filter">Proxies with</label>
<input id="fleet-filter" name="fleet" type="search" value="${text}" autocomplete="off" spellcheck="false" aria-describedby="fleet-help">
<button>Find</button>
<small id="fleet-help">words of a name, an address, a version, a hash, a reason; or refuses, lags, newest</small>
</form>
`;

/** The proxies, trouble first: a page of those that are asked for. */
export function fleetSection(
  { proxies, found }: FleetStatus,
  about: { readonly view: FleetView; readonly known: number; readonly now: number },
): Html {
  const { view, known, now } = about;
  const last = view.from + proxies.length;
  const range = proxies.length === 0 ? 'none' : `${view.from + 1} to ${last}`;
  const of = view.text === '' ? '' : `, of ${known} in all`;
  const body = [
    found === 0
      ? html`<p>${known === 0 ? 'No proxy has asked this replica for the last ten minutes.' : `No proxy has "${view.text}".`}</p>`
      : table({
          caption: `Proxies ${range} of ${found}${of}, trouble first`,
          head: HEAD,
          rows: proxies.map((proxy) => row(proxy, now)),
          mark: (i) => (proxies[i] ? MARKS[proxies[i].state] : ''),
        }),
    pager(view, found),
  ];
  return section({ id: 'fleet', title: 'Fleet', before: filter(view), body });
}
