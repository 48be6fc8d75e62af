/**
 * What HAProxy counts while a revision runs, as a reloader tells it during a rollout, only where an answer asked for it by
 * X-Rollout-Evidence: as a line of the body of `POST /evidence`, which lasts, or in a request header of a poll, X-Evidence.
 *
 * Version 1, in this order, numbers in decimal, the groups in brackets each as a whole or not at all:
 *
 *     v=1;r=REVISION;w=SECONDS;rq=N;e5=N[;bw=SECONDS;br=N;ec=N;er=N;q=N][;up=N;all=N];di=N;oo=N
 *
 * Both sides read and write it here. A text of any other form is no evidence: nobody is refused for it.
 */
export interface Evidence {
  /** The revision that ran during the whole window, as `revisionMark` shortens it. */
  readonly revision: string;
  /** Of the window that frontends were counted over; 0 where it only tells of a death. */
  readonly seconds: number;
  /** Answers that clients were given, of any status (`rq`); 0 in mode tcp. */
  readonly answers: number;
  /** Those with a status of 500 or above (`e5`). */
  readonly failures: number;
  /** Backends take longer to read, so that they have a window of their own, where one has ended. */
  readonly backends?: {
    readonly seconds: number;
    /** Requests, or connections in mode tcp, that were to reach a server (`br`). */
    readonly requests: number;
    /** Those that reached none (`ec`). */
    readonly connectErrors: number;
    /** Those whose server gave no good answer (`er`). */
    readonly responseErrors: number;
    /** Requests that wait for a server now (`q`). */
    readonly queued: number;
  };
  /** Servers by their checks now, without those in maintenance. One without checks is up. */
  readonly servers?: { readonly up: number; readonly all: number };
  /** How often HAProxy has ended unasked since it came to run this revision here (`di`). */
  readonly deaths: number;
  /** How often it ran out of memory since then (`oo`): deaths among them. */
  readonly outOfMemory: number;
}

/** In a request: the evidence. */
export const EVIDENCE_HEADER = 'x-evidence';
/** In place of evidence: it goes by `POST /evidence`, so that the poll may be held. */
export const BY_STREAM = 'stream';
/** Longer ones are no evidence. */
export const MOST_EVIDENCE = 300;
/** In an answer: evidence is wanted, over windows of so many seconds. Without it nothing is read. */
export const WINDOW_HEADER = 'x-rollout-evidence';

/** Bounds of a window, in seconds: HAProxy is not read more often than the first. */
export const WINDOW_S = { least: 10, most: 300 } as const;

const MARK_LENGTH = 16;
/** Enough for a year of a million requests a second; sums of thousands stay exact. */
const COUNT = String.raw`(0|[1-9]\d{0,11})`;
const FORM = new RegExp(
  `^v=1;r=([0-9a-f]{${MARK_LENGTH}});w=${COUNT};rq=${COUNT};e5=${COUNT}` +
    `(?:;bw=${COUNT};br=${COUNT};ec=${COUNT};er=${COUNT};q=${COUNT})?` +
    `(?:;up=${COUNT};all=${COUNT})?;di=${COUNT};oo=${COUNT}$`,
);
const WINDOW = /^[1-9]\d{0,3}$/;

/** A revision's hash, short: the first 16 hexadecimal digits. */
export const revisionMark = (hash: string): string =>
  hash.replace(/^sha256:/, '').slice(0, MARK_LENGTH);

export function formatEvidence(evidence: Evidence): string {
  const { revision, seconds, answers, failures, backends, servers, deaths, outOfMemory } = evidence;
  const ofFrontends = `v=1;r=${revision};w=${seconds};rq=${answers};e5=${failures}`;
  const ofBackends = backends
    ? `;bw=${backends.seconds};br=${backends.requests};ec=${backends.connectErrors};er=${backends.responseErrors};q=${backends.queued}`
    : '';
  const ofServers = servers ? `;up=${servers.up};all=${servers.all}` : '';
  return `${ofFrontends}${ofBackends}${ofServers};di=${deaths};oo=${outOfMemory}`;
}

function isWhole({ answers, failures, backends, servers }: Evidence): boolean {
  if (failures > answers) return false;
  if (servers && servers.up > servers.all) return false;
  return !backends || backends.connectErrors + backends.responseErrors <= backends.requests;
}

/** Reads what `formatEvidence` wrote; undefined for anything else, and where a part is more than its whole. */
export function parseEvidence(text: string | undefined): Evidence | undefined {
  const found = text === undefined ? null : FORM.exec(text);
  if (!found) return undefined;
  const [, revision = '', ...counts] = found;
  const at = (index: number) => Number(counts[index] ?? 0);
  const evidence: Evidence = {
    revision,
    seconds: at(0),
    answers: at(1),
    failures: at(2),
    ...(counts[3] !== undefined && {
      backends: {
        seconds: at(3),
        requests: at(4),
        connectErrors: at(5),
        responseErrors: at(6),
        queued: at(7),
      },
    }),
    ...(counts[8] !== undefined && { servers: { up: at(8), all: at(9) } }),
    deaths: at(10),
    outOfMemory: at(11),
  };
  return isWhole(evidence) ? evidence : undefined;
}

/** The window that an answer asks for, in seconds and within bounds; undefined where it asks for none. */
export function parseWindow(text: string | undefined): number | undefined {
  if (text === undefined || !WINDOW.test(text)) return undefined;
  return Math.min(Math.max(Number(text), WINDOW_S.least), WINDOW_S.most);
}
