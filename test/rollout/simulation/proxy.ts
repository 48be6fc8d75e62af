import { formatEvidence, revisionMark } from '../../../functions/wire/evidence.ts';
import type { Random } from '../../runtime/random.ts';
import type { Poll, Replica, Told } from './replica.ts';
import type { Timeline } from './timeline.ts';

/** A proxy as its reloader tells of it. */
export interface SimulatedProxy {
  readonly name: string;
  readonly index: number;
  /** The revision that it runs; empty before the first. */
  readonly revision: string;
  /** Every revision that it ran, in order. */
  readonly ran: string[];
  isDown: boolean;
}

export interface ProxyOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly index: number;
  /** Of these it polls now one, now another. */
  readonly replicas: () => readonly Replica[];
  /** Whether its HAProxy takes a revision that it is offered. */
  readonly takes: (revision: string, proxy: SimulatedProxy) => boolean;
  /** What it counts in a window that has just ended. */
  readonly counts: (proxy: SimulatedProxy) => {
    readonly answers: number;
    readonly failures: number;
  };
}

const WAIT_MS = 50_000;
const AGAIN_MS = 200;

export function startProxy(options: ProxyOptions): SimulatedProxy {
  const { timeline, random, index, replicas, takes, counts } = options;
  const name = `haproxy-${index}`;
  let replica = random.pick(replicas());
  let revision = '';
  let seen = 0;
  let refused: string | undefined;
  let windowS: number | undefined;
  let endsAt = 0;

  const proxy: SimulatedProxy = {
    name,
    index,
    get revision() {
      return revision;
    },
    ran: [],
    isDown: false,
  };
  /** The first window of one that is asked while it runs what it ran ends at any time. */
  function openWindow(seconds: number | undefined, isAsked: boolean): void {
    windowS = seconds;
    const ms = (seconds ?? 0) * 1000;
    endsAt = timeline.now() + ms + (isAsked ? random.below(ms) : 0);
  }
  function evidence(): string | undefined {
    if (windowS === undefined || timeline.now() < endsAt) return undefined;
    endsAt = timeline.now() + windowS * 1000;
    const ends = { deaths: 0, outOfMemory: 0 };
    return formatEvidence({
      ...{ revision: revisionMark(revision), seconds: windowS },
      ...counts(proxy),
      ...ends,
    });
  }
  function poll(): void {
    if (proxy.isDown) return void timeline.after(AGAIN_MS, poll);
    // Connections last, but not for ever; and not to a replica that is gone.
    if (!replicas().includes(replica) || random.chance(0.03)) replica = random.pick(replicas());
    const told = evidence();
    const leftMs = windowS === undefined ? WAIT_MS : Math.max(0, endsAt - timeline.now());
    const asked: Poll = {
      ...{ name, revision, seen, refused, evidence: told },
      waitMs: Math.min(WAIT_MS, Math.ceil(leftMs)) * (1 - random.below(60) / 1000),
    };
    replica.ask(asked, (answer) => timeline.after(1 + random.below(4), () => take(answer)));
  }
  function take(told: Told | undefined): void {
    if (told === undefined) return void timeline.after(AGAIN_MS * random.below(5), poll);
    const isAsked = told.windowS !== undefined && windowS === undefined;
    if (told.windowS !== windowS) openWindow(told.windowS, isAsked);
    if (told.revision === revision) {
      seen = told.seen;
      poll();
      return;
    }
    if (!takes(told.revision, proxy)) {
      refused = told.revision;
      poll();
      return;
    }
    // It is checked, and HAProxy reloads.
    timeline.after(50 + random.below(300), () => {
      seen = told.seen;
      revision = told.revision;
      proxy.ran.push(revision);
      openWindow(windowS, false);
      poll();
    });
  }
  timeline.after(random.below(1_000), poll);
  return proxy;
}
