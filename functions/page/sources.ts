import type { ServiceStatus } from '../status/service-status.ts';
import { type Content, type Html, html } from './html.ts';
import { section } from './section.ts';
import { table } from './table.ts';
import { ago } from './time.ts';

/** More are in the JSON. */
const MOST = 100;

/** Below that it changes all the time, and says nothing. */
const YOUNG_MS = 60_000;

function since(currentAt: number | undefined, now: number): Content {
  if (currentAt === undefined) return 'never read';
  return now - currentAt < YOUNG_MS ? 'now' : ago(currentAt, now);
}

/** What is read, the oldest first: those that were never read before all. */
export function sourcesSection(sources: ServiceStatus['sources'], now: number): Html {
  const age = ({ ageSeconds = Number.POSITIVE_INFINITY }: ServiceStatus['sources'][number]) =>
    ageSeconds;
  const sorted = [...sources]
    .sort((a, b) => Number(!!b.stale) - Number(!!a.stale) || age(b) - age(a))
    .slice(0, MOST);
  const rows = sorted.map(({ collection, objects, isSynced, currentAt, stale }) => [
    collection,
    objects,
    since(currentAt, now),
    stale
      ? html`<span class="error">cannot be read: ${stale.message}</span>`
      : isSynced
        ? 'current'
        : 'is being read',
  ]);
  const body =
    rows.length === 0
      ? html`<p>There are none yet.</p>`
      : table({
          caption: `Collections: ${sources.length}, the oldest first`,
          head: ['Collection', 'Objects', 'Known to be current', 'State'],
          rows,
          mark: (row) => (sorted[row]?.stale ? 'bad' : ''),
        });
  return section({ id: 'sources', title: 'Sources', body });
}
