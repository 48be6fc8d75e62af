import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../poll/child.ts';
import { alone } from '../scope.ts';
import type { Done, Fault, Order } from './proxies.ts';
import { type Service, startService } from './service.ts';

export const COUNT = 1_000;

/** A thousand proxies on one service. */
export interface RolloutFleet {
  readonly service: Service;
  /** Does something, and waits for what is ordered of the proxies. */
  after(order: Order, act?: () => Promise<unknown>): Promise<Done>;
  /** What is wrong with a revision from now on. */
  blame(revision: string, fault: Fault): Promise<void>;
  /** Waits until all of them poll. */
  rest(): Promise<void>;
}

export interface Rules {
  readonly steps: string;
  readonly soakS: number;
}

/** On the clock that all processes of this machine share, in milliseconds. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;
/** A time of that clock in milliseconds since the epoch. */
export const toEpoch = (at: number): number => at - now() + Date.now();

const PATIENCE_MS = 60_000;
/** Changes before any that is measured: code is compiled as it is used. */
export const WARM = 20;
const MODULE = join(import.meta.dirname, 'proxies.js');

export async function withFleet<T>(
  rules: Rules,
  work: (fleet: RolloutFleet) => Promise<T>,
): Promise<T> {
  return alone(async ({ home }) => {
    const service = await startService({ home, ...rules });
    const proxies = startChild<Order, Done>(MODULE, [service.url]);

    async function after(order: Order, act?: () => Promise<unknown>): Promise<Done> {
      const done = proxies.reply();
      proxies.send(order);
      if (act) {
        await delay(100);
        await act();
      }
      const late = delay(PATIENCE_MS, undefined, { ref: false }).then(() => {
        throw new Error(
          `${JSON.stringify(order)} has not come true: ${service.output().slice(-2_000)}`,
        );
      });
      return Promise.race([done, late]);
    }
    async function rest(): Promise<void> {
      const end = now() + PATIENCE_MS;
      do {
        if (now() > end) throw new Error(`${await service.held()} of ${COUNT} poll`);
        await delay(200);
      } while ((await service.held()) !== COUNT);
    }
    async function blame(revision: string, fault: Fault): Promise<void> {
      proxies.send({ order: 'blame', revision, fault });
    }

    try {
      await after({ order: 'connect', count: COUNT });
      await rest();
      for (let i = 0; i < WARM; i += 1) await after({ order: 'expect' }, service.movePod);
      await rest();
      return await work({ service, after, blame, rest });
    } finally {
      await proxies.end();
      await service.end();
    }
  });
}
