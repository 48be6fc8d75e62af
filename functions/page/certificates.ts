import type { ServiceStatus } from '../status/service-status.ts';
import { type Html, html } from './html.ts';
import { section } from './section.ts';
import { table } from './table.ts';
import { ahead } from './time.ts';

/** Those that end later are in the JSON. */
const MOST = 100;
const DAY_S = 86_400;
/** As the sweep warns of them. */
const SOON_DAYS = 30;

const names = (hostnames: readonly string[]): string =>
  hostnames.length > 5
    ? `${hostnames.slice(0, 5).join(', ')} and ${hostnames.length - 5} more`
    : hostnames.join(', ');

/** The certificates, those that end first on top. */
export function certificatesSection(
  certificates: ServiceStatus['certificates'],
  now: number,
): Html {
  const sorted = [...certificates].sort((a, b) => a.expiresAt - b.expiresAt).slice(0, MOST);
  const mark = (row: number) => {
    const left = sorted[row]?.secondsLeft ?? 0;
    return left <= 0 ? 'bad' : left < SOON_DAYS * DAY_S ? 'odd' : '';
  };
  const rows = sorted.map(({ name, hostnames, expiresAt, fingerprint256 }) => [
    ...[name, names(hostnames), ahead(expiresAt, now)],
    html`<code title="${fingerprint256}">${fingerprint256.slice(0, 23)}</code>`,
  ]);
  const count = certificates.length;
  const body =
    count === 0
      ? html`<p>None is delivered.</p>`
      : table({
          caption: `Certificates: ${count}, those that end first on top${count > MOST ? `; the first ${MOST}` : ''}`,
          head: ['Certificate', 'For', 'Ends', 'SHA-256'],
          rows,
          mark,
        });
  return section({ id: 'certificates', title: 'Certificates', body });
}
