import type { Log } from '../functions/wire/log.ts';
import type { Found } from './audit/audit.ts';
import { placeOf } from './audit/difference.ts';
import type { Drift, Status } from './status.ts';

/** Tells what another hand has changed: in the log, the metrics and /status. */
export interface DriftBook {
  /** What was found ahead of a change. */
  note(found: readonly Found[]): void;
  /** What an audit found: all that there is. */
  noteAll(found: readonly Found[], audit: { readonly at: string; readonly ms: number }): void;
}

const driftOf = ({ difference, mended, reason }: Found): Drift => ({
  code: difference.code,
  where: placeOf(difference),
  what: difference.what,
  mended,
  ...(mended ? {} : { reason }),
});

const key = ({ code, where }: Drift) => `${code} ${where}`;

export function createDriftBook(status: Status, log: Log): DriftBook {
  /** What was not mended when it was last looked at: told once. */
  let lasting: ReadonlySet<string> = new Set();
  const note = (found: readonly Found[]) => {
    for (const drift of found.map(driftOf)) {
      const { differences } = status.counts;
      if (!drift.mended && lasting.has(key(drift))) continue;
      differences[drift.code] = (differences[drift.code] ?? 0) + 1;
      log.warn('HAProxy was changed by someone else', { ...drift });
    }
  };
  return {
    note,
    noteAll(found, { at, ms }) {
      note(found);
      const drift = found.map(driftOf);
      lasting = new Set(drift.filter(({ mended }) => !mended).map(key));
      status.audit = { at, durationMs: ms, drift };
      status.counts.audits += 1;
      status.counts.auditMs += ms;
    },
  };
}
