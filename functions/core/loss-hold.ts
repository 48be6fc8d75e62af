import type { Fleet } from './fleet.ts';
import { type FleetPod, type FleetState, isServer } from './fleet-pod.ts';

/** Why a lost server is not kept, or no more. */
export type LetGo =
  /** Another pod has its address. */
  | 'address taken'
  /** A configuration that is delivered sends it requests without a check. */
  | 'not checked';

/** A fleet that has lost many servers at once, held to what it was. */
export interface LossHold {
  /** Those that are kept now, by key: what is lost of the fleet as it was, and not made up for. */
  keep(fleet: Fleet): FleetState;
  /** These are not kept any more, whatever comes. */
  letGo(keys: Iterable<string>, why: LetGo): void;
  /** Servers that are lost still, kept or not. */
  lost(fleet: Fleet): number;
  /** How many there were before. */
  readonly of: number;
  /** How many were let go, by reason. */
  counts(): Readonly<Record<LetGo, number>>;
  /** What it holds to: the servers as they were. */
  servers(): Iterable<FleetPod>;
}

/** By address, pods that have come by it since. */
function newAddresses(fleet: Fleet, before: ReadonlyMap<string, string>): Map<string, string> {
  const taken = new Map<string, string>();
  for (const [key, { ip }] of fleet.pods())
    if (ip !== undefined && before.get(key) !== ip) taken.set(ip, key);
  return taken;
}

function sizesOf(servers: Iterable<FleetPod>): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { group } of servers)
    for (const name of group.services) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  return sizes;
}

/**
 * What is kept depends on two states alone, that before the loss and that of now, so that all replicas keep the same: a
 * lost server is kept until it is back, its services have as many as before, or it is let go for good.
 *
 * @param before the fleet as it was
 */
export function createLossHold(before: FleetState): LossHold {
  const servers = new Map([...before].filter(([, pod]) => isServer(pod)));
  const addresses = new Map<string, string>();
  for (const [key, { ip }] of before) if (ip !== undefined) addresses.set(key, ip);
  const gone = new Map<string, LetGo>();
  /** Services that have had fewer servers, and those of them that have as many as before again. */
  const short = new Set<string>();
  const whole = new Set<string>();
  const of = servers.size;

  function noteSizes(fleet: Fleet): void {
    for (const [name, size] of sizesOf(servers.values()))
      if (fleet.sizeOf(name) < size) short.add(name);
      else if (short.has(name)) whole.add(name);
  }

  /** Those that are not there, and missed. */
  function* missing(fleet: Fleet): Iterable<readonly [string, FleetPod]> {
    const now = fleet.pods();
    for (const [key, pod] of servers) {
      const current = now.get(key);
      if (isServer(current)) servers.set(key, current);
      else if (pod.group.services.some((name) => !whole.has(name))) yield [key, pod];
    }
  }

  return {
    keep(fleet) {
      noteSizes(fleet);
      const taken = newAddresses(fleet, addresses);
      const kept = new Map<string, FleetPod>();
      for (const [key, pod] of missing(fleet)) {
        const other = pod.ip === undefined ? undefined : taken.get(pod.ip);
        if (other !== undefined && other !== key && !gone.has(key)) gone.set(key, 'address taken');
        if (!gone.has(key)) kept.set(key, pod);
      }
      return kept;
    },
    letGo(keys, why) {
      for (const key of keys) gone.set(key, why);
    },
    lost: (fleet) => [...missing(fleet)].length,
    of,
    counts() {
      const counts = { 'address taken': 0, 'not checked': 0 };
      for (const why of gone.values()) counts[why]++;
      return counts;
    },
    servers: () => servers.values(),
  };
}
