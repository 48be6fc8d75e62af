import type { DeliveredLine } from '../core/diagnostics.ts';
import type { Explain, Question, Refused, Variant } from './publication.ts';
import { parseAlert } from '../wire/alerts.ts';
import type { Log } from '../wire/log.ts';
import { parseToldAlerts, type ToldAlert } from '../wire/alerts-header.ts';

export interface ComplaintsOptions {
  readonly explain: Explain;
  readonly log: Log;
}

/** The lines that proxies' words are about when they refuse a revision. */
export interface Complaints {
  /** A proxy asks, and says what it refuses. */
  see(question: Question): void;
  /** The line that these words are about, as soon as it is found. */
  find(refused: Pick<Refused, 'revision' | 'reason'>): DeliveredLine | undefined;
}

/** Different words that are remembered: the fleet refuses few things at once. */
const MOST = 200;
/** Those that are looked into at once. */
const MOST_OPEN = 4;

const keyOf = ({ revision, reason = '' }: Pick<Refused, 'revision' | 'reason'>): string =>
  `${revision} ${reason}`;

/** What HAProxy says, or the reloader on its behalf: a file and a line, or a name in quotes, may lead somewhere. */
function alertsOf({ alerts, reason = '' }: Refused): readonly ToldAlert[] {
  const told = (alerts === undefined ? undefined : parseToldAlerts(alerts)) ?? [];
  if (told.length > 0) return told.slice(0, 1);
  const alert = parseAlert(reason.replace(/^[a-z-]+: /, ''));
  return alert.line !== undefined || /'[^']+'/.test(alert.message) ? [alert] : [];
}

/** Finds out once for each different refusal, however many proxies say the same. */
export function createComplaints({ explain, log }: ComplaintsOptions): Complaints {
  const known = new Map<string, DeliveredLine | undefined>();
  const open = new Set<string>();

  function keep(key: string, line: DeliveredLine | undefined): void {
    known.set(key, line);
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
  }

  async function lookInto(refused: Refused, variant: Variant, alerts: readonly ToldAlert[]) {
    const { revision } = refused;
    const answer = await explain({ variant, revision, question: { alerts } });
    // Whoever is busy, or has not read everything yet, is asked again with the next poll.
    if (answer.kind === 'busy' || answer.kind === 'not-ready') return;
    const line = answer.kind === 'explained' ? answer.explained.delivered[0] : undefined;
    keep(keyOf(refused), line);
    if (!line) return;
    const { origin, path, line: number } = line;
    log.warn('proxy refuses a line', { revision, path, line: number, origin });
  }

  return {
    see({ refused, variant }) {
      if (!refused) return;
      const key = keyOf(refused);
      if (known.has(key) || open.has(key) || open.size >= MOST_OPEN) return;
      const alerts = alertsOf(refused);
      if (alerts.length === 0) return keep(key, undefined);
      open.add(key);
      lookInto(refused, variant, alerts)
        .catch((error: unknown) => log.error('cannot explain a refusal', { error }))
        .finally(() => open.delete(key));
    },
    find: (refused) => known.get(keyOf(refused)),
  };
}
