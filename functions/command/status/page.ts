import { formatDiagnostic } from '../../core/diagnostics.ts';
import { formatAge } from '../../core/age.ts';
import { formatOrigin } from '../../core/origin/origin.ts';
import { shortHash } from '../../core/revision.ts';
import { count, findTroubles, formatTroubles } from '../../status/troubles.ts';
import { formatTable } from '../rollout/history.ts';
import type { StatusAnswer } from './answer.ts';

/** More are in the JSON. */
const MOST_ROWS = 50;
const DAY_S = 86_400;

/** What is not well, each in a few words; nothing where all is. */
export const troublesOf = (status: StatusAnswer): readonly string[] =>
  findTroubles({
    ...status,
    held: status.held.length,
    stale: status.sources.filter((source) => source.stale !== '').length,
    errors: status.diagnostics.filter(({ severity }) => severity === 'error').length,
  });

/** Why a proxy refuses, and what gave the line that it refuses. */
function reasonOf({ reason, delivered }: StatusAnswer['proxies'][number]): string {
  if (!delivered?.origin) return reason || '-';
  return `${reason} (${formatOrigin(delivered.origin)})`;
}

type Rows = readonly (readonly string[])[];

function table(head: readonly string[], rows: Rows): string {
  if (rows.length === 0) return '';
  const more = rows.length - MOST_ROWS;
  const rest = more > 0 ? `and ${more} more: -o json has up to 1,000\n` : '';
  return `\n${formatTable([head, ...rows.slice(0, MOST_ROWS)])}${rest}`;
}

/** The state of a service for people: all in one line, then what it is made of, trouble first. */
export function formatPage(status: StatusAnswer, now: number): string {
  const age = (iso: string) => (iso === '' ? '-' : formatAge(now - Date.parse(iso)));
  const hash = (of: string) => (of === '' ? '-' : shortHash(of));
  const { known, converged, refusing, revision, since, state, version } = status;
  const serving =
    revision === ''
      ? 'serves no revision yet'
      : `serves revision ${hash(revision)} for ${age(since)}`;
  return [
    `${formatTroubles(troublesOf(status))}\n`,
    `\nkubernetes-haproxy ${version} ${serving}; the newest intent: ${state}\n`,
    `${count(known, 'proxy', 'proxies')}: ${converged} run the newest, ${refusing} refuse\n`,
    ...(status.notReady === undefined ? [] : [`not ready: ${status.notReady}\n`]),
    ...status.diagnostics.slice(0, MOST_ROWS).map((found) => `\n${formatDiagnostic(found)}\n`),
    table(
      ['HELD BACK', 'FOR', 'SERVED'],
      status.held.map((held) => [held.unit, age(held.since), held.serves]),
    ),
    table(
      ['PROXY', 'HAPROXY', 'REVISION', 'STATE', 'SEEN', 'REASON'],
      status.proxies.map((proxy) => [
        ...[proxy.name, proxy.haproxy || '-', hash(proxy.revision), proxy.state],
        ...[age(proxy.seenAt), reasonOf(proxy)],
      ]),
    ),
    table(
      ['CERTIFICATE', 'ENDS IN'],
      [...status.certificates]
        .sort((a, b) => a.secondsLeft - b.secondsLeft)
        .map(({ name, secondsLeft }) => [
          name,
          secondsLeft <= 0 ? 'ended' : `${Math.floor(secondsLeft / DAY_S)}d`,
        ]),
    ),
    table(
      ['SOURCE', 'OBJECTS', 'AGE', 'STALE'],
      [...status.sources]
        .sort((a, b) => b.age - a.age)
        .map(({ collection, objects, age: seconds, stale }) => [
          ...[collection, String(objects), `${Math.round(seconds)}s`, stale || '-'],
        ]),
    ),
  ].join('');
}
