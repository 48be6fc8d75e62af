import { isFields } from './fields.ts';

/** What replicas come to know of a revision after it was kept, for one another and for those that start later. */
export interface Marks {
  /** A proxy has run it. */
  readonly isProven?: boolean;
  /** When a proxy last needed it beside the one that is served, as ISO 8601. */
  readonly neededAt?: string;
  /** HAProxies refuse it, for what these units are; none: which ones is not known. */
  readonly refused?: Refused;
}

export interface Refused {
  readonly units: readonly string[];
  /** In HAProxy's words. */
  readonly message: string;
}

/** A revision is spared for so long after a proxy last needed it. */
const NEEDED_MS = 24 * 3_600_000;
/** No more of them are, however many there are. */
const MOST_NEEDED = 20;

function readRefused(value: unknown): Refused | undefined {
  if (!isFields(value)) return undefined;
  const { units, message } = value;
  if (!Array.isArray(units) || typeof message !== 'string') return undefined;
  return { units: units.filter((unit) => typeof unit === 'string'), message };
}

/** Reads marks as JSON has them, whoever wrote them; undefined where there are none. */
export function readMarks(value: unknown): Marks | undefined {
  if (!isFields(value)) return undefined;
  const { isProven, neededAt } = value;
  const refused = readRefused(value.refused);
  const marks: Marks = {
    ...(isProven === true && { isProven }),
    ...(typeof neededAt === 'string' && !Number.isNaN(Date.parse(neededAt)) && { neededAt }),
    ...(refused && { refused }),
  };
  return Object.keys(marks).length > 0 ? marks : undefined;
}

/** The revisions that proxies have needed lately, wherever they polled: the hashes of the latest of them. */
export function neededOf(
  revisions: readonly { readonly hash: string; readonly marks?: Marks | undefined }[],
  now: number,
): readonly string[] {
  return revisions
    .map(({ hash, marks }) => ({ hash, at: Date.parse(marks?.neededAt ?? '') }))
    .filter(({ at }) => now - at < NEEDED_MS)
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_NEEDED)
    .map(({ hash }) => hash);
}
