import type { Log } from '../../functions/wire/log.ts';
import { createChild } from './child.ts';
import { createChildHaproxy, createNeighbourHaproxy, type Haproxy } from './haproxy.ts';
import { createMaster } from './master.ts';

/** The HAProxy that this reloader keeps, and whether one runs that it is to take over. */
export interface KeptHaproxy {
  readonly haproxy: Haproxy;
  adopt(): Promise<boolean>;
}

export interface KeptHaproxyOptions {
  /** Of the master. */
  readonly socket: string;
  /** What to start it with; a neighbour is not ours to start. */
  readonly child?: {
    readonly haproxy: string;
    readonly config: string;
    readonly env: Readonly<{ [variable: string]: string | undefined }>;
    readonly maxOldWorkers: number;
    readonly onDeath: () => void;
  };
  readonly log: Log;
  /** Ends every command and every wait. */
  readonly hurry: AbortSignal;
}

export function createKeptHaproxy(options: KeptHaproxyOptions): KeptHaproxy {
  const { socket, log, hurry } = options;
  const master = createMaster(socket, { hurry });
  if (options.child === undefined)
    return { haproxy: createNeighbourHaproxy(master), adopt: async () => false };
  const { maxOldWorkers, ...how } = options.child;
  const child = createChild({ ...how, socket, log });
  return {
    haproxy: createChildHaproxy({ child, master, maxOldWorkers, log }),
    adopt: child.adopt,
  };
}
