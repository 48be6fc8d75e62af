import type { AsOf } from '../wire/as-of.ts';
import { createPast, type Past } from './fleet-past.ts';
import { type FleetPod, type FleetState, type Group, isServer } from './fleet-pod.ts';
import type { Data } from './intent.ts';
import { formatKey } from './objects.ts';
import type { PackedChange } from './packing.ts';
import { readLabels, readPodFacts } from './pod-facts.ts';
import { createDefinitions, type Definitions } from './service-definitions.ts';

/** A change as it comes. */
export interface PodChange {
  readonly change: PackedChange;
  /** The pod; undefined where it is deleted. */
  readonly json: Uint8Array | undefined;
  readonly at: number;
}

/**
 * The pods that are known, which of them are servers of which services, and how to get back to a state of a moment ago.
 * A pod is one server, however many services select it.
 */
export interface Fleet {
  /** @returns what was known of the pod */
  take(change: PodChange, asOf: AsOf): FleetPod | undefined;
  /** These services count from now on; for `others`, too, which are no pods of now. */
  serve(services: Data, others: Iterable<FleetPod>): void;
  /** What was taken has come as far as this. */
  reach(asOf: AsOf): void;
  pods(): FleetState;
  /** How many servers there are. */
  size(): number;
  /** How many of a service. */
  sizeOf(service: string): number;
  readonly past: Past;
}

/** An empty fleet, that no service counts in yet. */
export function createFleet(): Fleet {
  const pods = new Map<string, FleetPod>();
  const groups = new Map<string, Group>();
  const sizes = new Map<string, number>();
  const past = createPast();
  const readDefinitions = createDefinitions();
  let definitions: Definitions = new Map();
  let size = 0;

  const servicesOf = ({ namespace, labels }: Group): readonly string[] =>
    definitions.get(namespace)?.(labels) ?? [];

  function count(pod: FleetPod | undefined, by: 1 | -1): void {
    if (!isServer(pod)) return;
    size += by;
    for (const name of pod.group.services) sizes.set(name, (sizes.get(name) ?? 0) + by);
  }

  function join(namespace: string, labels: string): Group {
    const key = `${namespace} ${labels}`;
    const known = groups.get(key);
    const group = known ?? { key, namespace, labels: readLabels(labels), services: [], pods: 0 };
    if (!known) {
      group.services = servicesOf(group);
      groups.set(key, group);
    }
    group.pods++;
    return group;
  }

  function leave({ group }: FleetPod): void {
    if (--group.pods === 0) groups.delete(group.key);
  }

  return {
    take({ change, json, at }, asOf) {
      const key = formatKey(change);
      const before = pods.get(key);
      const facts = json && readPodFacts(json);
      count(before, -1);
      if (facts && change.type === 'put') {
        const { ip, isReady, labels } = facts;
        const pod = { put: change, ip, isReady, group: join(change.namespace, labels) };
        pods.set(key, pod);
        count(pod, 1);
      } else pods.delete(key);
      if (before) leave(before);
      const version = change.type === 'delete' ? change.version : facts?.version;
      past.note({ key, before, namespace: change.namespace, version, at }, asOf);
      return before;
    },
    serve(services, others) {
      definitions = readDefinitions(services);
      const all = new Set(groups.values());
      for (const { group } of [...others, ...past.pods()]) all.add(group);
      for (const group of all) group.services = servicesOf(group);
      sizes.clear();
      size = 0;
      for (const pod of pods.values()) count(pod, 1);
    },
    reach: past.reach,
    pods: () => pods,
    size: () => size,
    sizeOf: (service) => sizes.get(service) ?? 0,
    past,
  };
}
