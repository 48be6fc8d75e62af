import type { AsOf } from '../wire/as-of.ts';
import { createFleet } from './fleet.ts';
import type { FleetState, PackedPut } from './fleet-pod.ts';
import type { Versions } from './fleet-past.ts';
import { createHighWater } from './high-water.ts';
import type { Data } from './intent.ts';
import { createLossHold, type LetGo, type LossHold } from './loss-hold.ts';
import { formatKey } from './objects.ts';
import type { PackedChange } from './packing.ts';

/** What counts as a mass loss. */
export interface LossRules {
  /** Of all servers: from above 0 to 1. */
  readonly share: number;
  /** And at least so many. */
  readonly least: number;
  /** Within so long, in milliseconds. */
  readonly windowMs: number;
}

/** Changes of pods, with what each was made from. */
export interface PodBatch {
  readonly changes: readonly {
    readonly change: PackedChange;
    readonly json: Uint8Array | undefined;
  }[];
  readonly asOf: AsOf;
  readonly at: number;
}

/** A loss that is held, as it stands. */
export interface LossState {
  /** Where the fleet stood before, by which other replicas find the same state; undefined where it has no versions. */
  readonly from: Versions | undefined;
  readonly lost: number;
  readonly of: number;
  readonly kept: number;
  readonly letGo: Readonly<Record<LetGo, number>>;
}

/**
 * Stands between what is read of pods and what is made of it: where a large share of all servers vanishes at once, those
 * are kept as they were. What it gives are the changes to hand on. Outside of a loss, these are the changes that came, and
 * its costs follow them, not the fleet.
 */
export interface MassLossGuard {
  /** What was read so far is how the fleet is: losses count from here on. */
  begin(at: number): void;
  take(batch: PodBatch): readonly PackedChange[];
  /** Another intent is served: what its services do not select is no loss. */
  serve(services: Data, at: number): readonly PackedChange[];
  /** Holds to the fleet as another replica saw it; undefined where the way back to that is not known here. */
  adopt(from: Versions): readonly PackedChange[] | undefined;
  letGo(keys: Iterable<string>, why: LetGo): readonly PackedChange[];
  /** The hold is over. `quietUntil`: no loss is one before that. */
  end(quietUntil?: number): readonly PackedChange[];
  /** Undefined while no loss is held. */
  state(): LossState | undefined;
  /** By key, as they were: the same object while they are the same. */
  kept(): FleetState;
}

type Before = ReadonlyMap<string, PackedPut | undefined>;

const NOTHING: FleetState = new Map();
const UNCHANGED: Before = new Map();

function deletion({ kind, namespace, name }: PackedPut): PackedChange {
  return { type: 'delete', kind, namespace, name };
}

const isSame = (a: FleetState, b: FleetState): boolean =>
  a.size === b.size && [...a].every(([key, { put }]) => b.get(key)?.put === put);

export function createMassLossGuard({ share, least, windowMs }: LossRules): MassLossGuard {
  const fleet = createFleet();
  const highWater = createHighWater(windowMs);
  let hasBegun = false;
  let quietUntil = Number.NEGATIVE_INFINITY;
  let hold: LossHold | undefined;
  let from: Versions | undefined;
  let kept: FleetState = NOTHING;

  const note = (at: number): void => {
    if (at < quietUntil) highWater.reset();
    highWater.note({ count: fleet.size(), changes: fleet.past.changes() }, at);
  };

  /** The fleet as it was, where what is left of it is a mass loss. */
  function findLoss(at: number): void {
    const mark = highWater.highest(at);
    if (!mark || hold || !hasBegun) return;
    const lost = mark.count - fleet.size();
    if (lost < least || lost < share * mark.count) return;
    hold = createLossHold(fleet.past.after(mark.changes, fleet.pods()));
    from = fleet.past.versionsAfter(mark.changes);
  }

  /** What differs in what there is to hand on, given what was known before of the pods that changed. */
  function settle(before: Before = UNCHANGED): readonly PackedChange[] {
    const last = kept;
    const next = hold ? hold.keep(fleet) : NOTHING;
    if (!isSame(next, last)) kept = next;
    const changes: PackedChange[] = [];
    for (const key of new Set([...before.keys(), ...last.keys(), ...kept.keys()])) {
      const real = fleet.pods().get(key)?.put;
      const was = last.get(key)?.put ?? (before.has(key) ? before.get(key) : real);
      const is = kept.get(key)?.put ?? real;
      if (was === is) continue;
      if (is) changes.push(is);
      else if (was) changes.push(deletion(was));
    }
    if (hold?.lost(fleet) === 0 && last.size > 0) hold = undefined;
    return changes;
  }

  return {
    begin(at) {
      hasBegun = true;
      fleet.past.begin();
      highWater.reset();
      note(at);
    },
    take({ changes, asOf, at }) {
      const before = new Map<string, PackedPut | undefined>();
      for (const { change, json } of changes) {
        const known = fleet.take({ change, json, at }, asOf);
        const key = formatKey(change);
        if (!before.has(key)) before.set(key, known?.put);
      }
      fleet.past.reach(asOf);
      if (changes.length === 0) return [];
      note(at);
      findLoss(at);
      const mark = highWater.highest(at);
      if (mark) fleet.past.forget(mark.changes, at - 2 * windowMs);
      return hold || kept.size > 0 ? settle(before) : changes.map(({ change }) => change);
    },
    serve(services, at) {
      fleet.serve(services, hold ? hold.servers() : []);
      highWater.reset();
      note(at);
      return settle();
    },
    adopt(versions) {
      const state = fleet.past.at(versions, fleet.pods());
      if (!state) return undefined;
      hold = createLossHold(state);
      from = versions;
      return settle();
    },
    letGo(keys, why) {
      hold?.letGo(keys, why);
      return settle();
    },
    end(quiet = Number.NEGATIVE_INFINITY) {
      hold = undefined;
      quietUntil = quiet;
      return settle();
    },
    state() {
      if (!hold) return undefined;
      const { of } = hold;
      return { from, lost: hold.lost(fleet), of, kept: kept.size, letGo: hold.counts() };
    },
    kept: () => kept,
  };
}
