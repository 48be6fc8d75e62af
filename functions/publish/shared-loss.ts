import { setTimeout as delay } from 'node:timers/promises';
import {
  isSameLoss,
  type LossRecord,
  readLossRecord,
  withLossRecord,
} from '../core/loss-record.ts';
import type { History } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import { backoff } from '../wire/backoff.ts';
import type { Log } from '../wire/log.ts';

export interface SharedLossOptions {
  readonly history: Pick<History, 'steer'>;
  readonly log: Log;
  readonly holdMs: number;
  readonly windowMs: number;
  readonly now: () => number;
}

/** The mass loss that replicas and people share. */
export interface SharedLoss {
  /** The one that a rollout tells of, where it is over or may be going on. */
  read(rollout: Rollout): LossRecord | undefined;
  /** Whether a person has confirmed a loss that is the one that was seen here at a time: replicas see it at about the same. */
  isConfirmed(record: LossRecord, since: number): boolean;
  /** Tells the others, as long as it is of use; gives the one that another replica has told before, over or not. */
  tell(record: LossRecord, isWanted: () => boolean): Promise<LossRecord | undefined>;
  /** Tells that it is over. */
  close(record: LossRecord): Promise<void>;
}

/** Between tries to tell what cannot be written: the API server may be away, which may be why. */
const AGAIN = { firstMs: 500, maxMs: 10_000 };

export function createSharedLoss(options: SharedLossOptions): SharedLoss {
  const { history, log, holdMs, windowMs, now } = options;

  /** One of another day that nobody closed is no loss of now. */
  function read(rollout: Rollout): LossRecord | undefined {
    const record = readLossRecord(rollout);
    const isOfNow = record && Math.abs(now() - Date.parse(record.since)) < holdMs;
    return isOfNow || record?.over ? record : undefined;
  }

  const isConfirmed = ({ over, since }: LossRecord, at: number): boolean =>
    over === 'confirmed' && Math.abs(at - Date.parse(since)) < windowMs;

  async function write(record: LossRecord): Promise<LossRecord | undefined> {
    let other: LossRecord | undefined;
    await history.steer((rollout) => {
      const known = read(rollout);
      const isSame = known && (!known.over || isConfirmed(known, Date.parse(record.since)));
      other = isSame && !isSameLoss(known, record) ? known : undefined;
      return other ? rollout : withLossRecord(rollout, record);
    });
    return other;
  }

  return {
    read,
    isConfirmed,
    async tell(record, isWanted) {
      for (let tries = 1; isWanted(); tries++) {
        try {
          return await write(record);
        } catch (error) {
          log.warn('cannot share a mass loss with other replicas', { error, tries });
          await delay(backoff(tries, AGAIN), undefined, { ref: false });
        }
      }
      return undefined;
    },
    async close(record) {
      try {
        await history.steer((rollout) => {
          const known = readLossRecord(rollout);
          const isOpen = known && isSameLoss(known, record) && !known.over;
          return isOpen ? withLossRecord(rollout, record) : rollout;
        });
      } catch (error) {
        log.warn('cannot share the end of a mass loss with other replicas', { error });
      }
    },
  };
}
