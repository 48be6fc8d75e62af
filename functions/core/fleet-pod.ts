import type { JsonObject } from '../template/json/index.ts';
import type { PackedChange } from './packing.ts';

export type PackedPut = PackedChange & { readonly type: 'put' };

/** Pods of one namespace with the same labels: the same services have them. */
export interface Group {
  readonly key: string;
  readonly namespace: string;
  readonly labels: JsonObject | undefined;
  /** Names of the services that select them. */
  services: readonly string[];
  pods: number;
}

/** A pod at one moment. */
export interface FleetPod {
  readonly put: PackedPut;
  readonly ip: string | undefined;
  readonly isReady: boolean;
  readonly group: Group;
}

/** Every pod by its key, as it was. */
export type FleetState = ReadonlyMap<string, FleetPod>;

/** Whether it takes new connections of a service. */
export const isServer = (pod: FleetPod | undefined): pod is FleetPod =>
  pod?.isReady === true && pod.group.services.length > 0;
