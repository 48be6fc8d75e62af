import { readCheckedServers } from '../core/checked-servers.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { Data } from '../core/intent.ts';
import type { FleetState } from '../core/fleet-pod.ts';
import type { Tell } from '../core/occurrence.ts';
import { isSameLoss, type LossOver, type LossRecord } from '../core/loss-record.ts';
import type { LossState, MassLossGuard } from '../core/mass-loss.ts';
import type { PackedChange } from '../core/packing.ts';
import type { Rendering } from '../core/render.ts';
import type { History } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import type { MassLossStatus } from './publication.ts';
import type { Log } from '../wire/log.ts';
import { createSharedLoss } from './shared-loss.ts';
import type { PodGuard } from './store.ts';

export interface MassLossOptions {
  readonly guard: MassLossGuard;
  readonly holdMs: number;
  readonly windowMs: number;
  /** The configuration's, for diagnostics. */
  readonly namespace: string;
  readonly history: Pick<History, 'steer'>;
  /** Other pods are to be served: these changes are to be handed on. */
  readonly onChanges: (changes: readonly PackedChange[]) => void;
  /** More is kept than before: what is served of it is to be rendered again, and so to be judged. */
  readonly onKept: () => void;
  readonly tell: Tell;
  readonly log: Log;
  readonly now?: () => number;
  /** Does not step, as clocks do. */
  readonly elapsed?: () => number;
}

/** What holds a mass loss, and lets it go: after MASS_LOSS_HOLD, or as a person or another replica says. */
export interface MassLoss extends PodGuard {
  /** All that there is has been read: losses count from here on. */
  begin(): void;
  /** What was taken has been handed on: a loss may have begun, or be over. */
  look(): void;
  /** These services are served from now on. */
  serve(services: Data): void;
  /** What replicas and people share has changed. */
  steer(rollout: Rollout): void;
  /**
   * Whether a rendering may be served: all that it sends requests to of what was kept as it was made is checked by
   * HAProxy. Else that is let go, and what comes of it is to be rendered.
   */
  admits(rendering: Rendering, kept: FleetState): boolean;
  /** Undefined while no loss is held. */
  status(): MassLossStatus | undefined;
  diagnostics(): readonly Diagnostic[];
  stop(): void;
}

interface Held {
  readonly record: LossRecord;
  readonly until: number;
  readonly timer: NodeJS.Timeout;
}

const SAID: Readonly<Record<LossOver, string>> = {
  confirmed: 'a person confirmed the mass loss; the lost servers are removed',
  ended: 'the mass loss lasted longer than the hold; the lost servers are removed',
  recovered: 'the mass loss is over; the servers are back',
};

const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? ' is' : 's are'}`;

function explain(status: MassLossStatus, namespace: string, windowMs: number): Diagnostic {
  const { lost, of, kept, letGo, until } = status;
  const others = Object.entries(letGo)
    .filter(([, count]) => count > 0)
    .map(([why, count]) => `, ${count} not: ${why}`);
  const where = { object: `configmaps/${namespace}/rollout`, key: 'mass-loss' };
  const known = { severity: 'error', code: 'mass-loss', where } as const;
  // It started since, and has nothing to keep.
  if (lost === 0)
    return {
      ...known,
      message: `other replicas keep servers after a mass loss since ${new Date(status.since).toISOString()}; this one has not seen them, and keeps none`,
      hint: 'Ask the other replicas what was lost. If it is meant: kubernetes-haproxy rollout confirm-loss.',
    };
  return {
    ...known,
    message: `${lost} of ${of} servers were lost within ${windowMs / 1000} s with no change of services: ${plural(kept, 'server')} kept as before until ${new Date(until).toISOString()}, while HAProxy's checks judge them${others.join('')}`,
    hint: 'Look for deleted pods, lost nodes, or an API server that was restored. If it is meant: kubernetes-haproxy rollout confirm-loss.',
  };
}

export function createMassLoss(options: MassLossOptions): MassLoss {
  const { guard, holdMs, windowMs, namespace, onChanges, tell, log } = options;
  const { now = Date.now, elapsed = () => performance.now() } = options;
  const shared = createSharedLoss({ history: options.history, log, holdMs, windowMs, now });
  const sharedObject = `configmaps/${namespace}/rollout`;
  let held: Held | undefined;
  /** Of the loss that people have been told of. */
  let toldSince: string | undefined;
  let seen = guard.kept();

  function hold(record: LossRecord): void {
    clearTimeout(held?.timer);
    const timer = setTimeout(() => end('ended'), holdMs);
    timer.unref();
    held = { record, until: now() + holdMs, timer };
  }

  /** Once all agree on which one it is. */
  function tellHeld({ since, lost, of }: LossRecord): void {
    toldSince = since;
    tell({
      reason: 'MassLossHeld',
      object: sharedObject,
      subject: since,
      note: `${lost} of ${of} servers vanished at once: they are kept as they were for ${holdMs / 1000} s at most, while HAProxy's checks judge them. If it is meant: kubernetes-haproxy rollout confirm-loss.`,
    });
  }

  function begin({ from, lost, of, kept }: LossState): void {
    const record = { since: new Date(now()).toISOString(), from, lost, of };
    hold(record);
    log.error('holding servers after a mass loss', { lost, of, kept, holdMs });
    const isWanted = () => held?.record === record;
    void shared.tell(record, isWanted).then((other) => {
      if (other?.over) end(other.over);
      else if (other) adopt(other);
      else if (isWanted()) tellHeld(record);
    });
  }

  /** Another replica has seen it first: all keep what that one does. */
  function adopt(record: LossRecord): void {
    const changes = record.from && guard.adopt(record.from);
    if (!changes) return;
    if (held) held = { ...held, record };
    else hold(record);
    const { lost, of } = record;
    log.error('holding servers after a mass loss that another replica saw', { lost, of });
    tellHeld(record);
    onChanges(changes);
    look();
  }

  function finish(over: LossOver): void {
    if (!held) return;
    const { record, timer } = held;
    clearTimeout(timer);
    held = undefined;
    const { since } = record;
    log.warn(SAID[over], { since });
    if (since === toldSince)
      tell({ reason: 'MassLossOver', object: sharedObject, subject: since, note: SAID[over] });
    void shared.close({ ...record, over });
  }

  function end(over: LossOver): void {
    // Whoever has not seen all of it yet does not hold the rest.
    const quietUntil = over === 'confirmed' ? elapsed() + windowMs : undefined;
    const changes = guard.end(quietUntil);
    finish(over);
    onChanges(changes);
  }

  function look(): void {
    const kept = guard.kept();
    if (kept !== seen && kept.size > 0) options.onKept();
    seen = kept;
    const state = guard.state();
    if (state && !held) begin(state);
    if (!state && held) finish('recovered');
  }

  function status(): MassLossStatus | undefined {
    const state = guard.state();
    if (!state || !held) return undefined;
    const { lost, of, kept, letGo } = state;
    return { since: Date.parse(held.record.since), until: held.until, lost, of, kept, letGo };
  }

  return {
    begin: () => guard.begin(elapsed()),
    take: (changes, asOf) => guard.take({ changes, asOf, at: elapsed() }),
    serve(services) {
      onChanges(guard.serve(services, elapsed()));
      look();
    },
    look,
    steer(rollout) {
      const record = shared.read(rollout);
      if (!record) return;
      const isOwn = held !== undefined && isSameLoss(held.record, record);
      if (!record.over && !isOwn) adopt(record);
      const since = held ? Date.parse(held.record.since) : now();
      if (record.over && (isOwn || shared.isConfirmed(record, since))) end(record.over);
    },
    kept: guard.kept,
    admits(rendering, kept) {
      if (kept.size === 0 || rendering.kind !== 'rendered') return true;
      const { isChecked } = readCheckedServers(rendering.files);
      const still = guard.kept();
      const unchecked = [...kept].filter(
        ([key, { ip = '', put }]) => still.has(key) && !isChecked({ ip, name: put.name }),
      );
      if (unchecked.length === 0) return true;
      const keys = unchecked.map(([key]) => key);
      log.warn('released lost servers that HAProxy does not check', { servers: keys.length });
      onChanges(guard.letGo(keys, 'not checked'));
      look();
      return false;
    },
    status,
    diagnostics() {
      const found = status();
      return found ? [explain(found, namespace, windowMs)] : [];
    },
    stop() {
      clearTimeout(held?.timer);
      held = undefined;
    },
  };
}
