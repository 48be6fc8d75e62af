/** What is known of a candidate's step. */
export interface Seen {
  /** How long this replica has seen the step, in milliseconds, on a clock that does not step. */
  readonly soakedMs: number;
  readonly soakMs: number;
  readonly isHurried: boolean;
  readonly isPaused: boolean;
  /** Of the proxies that are to run the candidate: seen lately, and running it. */
  readonly live: number;
  readonly running: number;
  /** Why the candidate is bad, where it is. */
  readonly fault: string | undefined;
  /** What is still to be known before the next step, where something is. */
  readonly unknown: string | undefined;
}

export type Progress =
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'next' }
  | { readonly kind: 'halt'; readonly reason: string };

const wait = (why: string): Progress => ({ kind: 'wait', why });
const seconds = (ms: number) => `${Math.ceil(ms / 1000)} s`;

/** What is to become of a candidate's step, by all that is known. */
export function judgeProgress(seen: Seen): Progress {
  const { soakedMs, soakMs, live, running, fault, unknown } = seen;
  if (fault !== undefined) return { kind: 'halt', reason: fault };
  if (seen.isPaused) return wait('people have paused the rollout');
  if (seen.isHurried) return { kind: 'next' };
  if (running < live) return wait(`${running} of ${live} proxies run the candidate`);
  if (soakedMs < soakMs) return wait(`watched for ${seconds(soakMs - soakedMs)} more`);
  return unknown === undefined ? { kind: 'next' } : wait(unknown);
}
