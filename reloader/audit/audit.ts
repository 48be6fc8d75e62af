import type { Release } from '../disk/release.ts';
import type { Capabilities } from '../haproxy/capabilities.ts';
import { pathOf } from '../holds/hold.ts';
import type { HoldsKeeping } from '../holds/keeping.ts';
import { underHolds } from '../holds/under-holds.ts';
import type { Operation } from '../operation.ts';
import { createPlanner, type Planner } from '../plan.ts';
import type { ServerStates } from '../runtime/server-state.ts';
import type { Session } from '../runtime/session.ts';
import type { Tombstones } from '../runtime/tombstones.ts';
import { runOperations } from '../runtime.ts';
import { compareFiles } from './compare-files.ts';
import { compareServers } from './compare-servers.ts';
import type { Difference, ServerDifference } from './difference.ts';
import type { Live } from './live.ts';
import { mendFile } from './mend-files.ts';
import { type Mend, mendServers } from './mend-servers.ts';
import { createRound } from './round.ts';

/** What was found, and whether it is as it should be again. */
export interface Found {
  readonly difference: Difference;
  readonly mended: boolean;
  /** Why not; empty where it is. */
  readonly reason: string;
}

/** What was found of servers, and how they were shown before anything was mended. */
export interface ServersFound {
  readonly found: readonly Found[];
  readonly states: ServerStates;
}

/** A worker, and the release that it runs. */
export interface Audited {
  readonly session: Session;
  readonly release: Release;
  readonly capabilities: Capabilities;
}

/** Compares what runs with what should run, and brings it back; one at a time, and never while something is applied. */
export interface Audit {
  /** The servers of these backends, ahead of a change of theirs; of all of them without a word. */
  servers(audited: Audited, backends?: ReadonlySet<string>): Promise<ServersFound>;
  /** Maps and certificates. */
  files(audited: Audited): Promise<readonly Found[]>;
}

export interface AuditOptions {
  readonly root: string;
  readonly live: Live;
  readonly keeping: HoldsKeeping;
  readonly tombstones: Tombstones;
  /** Whether another hand is let do what it likes: only what operators hold is looked at. */
  readonly isOff: boolean;
}

/** Bytes of maps, and of what certificates cost: so much takes HAProxy and the reloader about a millisecond. */
const ALLOWANCE = 100_000;

function groupsOf(differences: readonly ServerDifference[]): readonly ServerDifference[][] {
  const groups = new Map<string, ServerDifference[]>();
  for (const difference of differences) {
    const group = groups.get(difference.backend) ?? [];
    groups.set(difference.backend, [...group, difference]);
  }
  return [...groups.values()];
}

const foundAs = (differences: readonly Difference[], reason: string): readonly Found[] =>
  differences.map((difference) => ({ difference, mended: reason === '', reason }));

export function createAudit(options: AuditOptions): Audit {
  const { root, live, keeping, tombstones, isOff } = options;
  const round = createRound(ALLOWANCE);

  /** @returns why it could not be; empty where it could */
  const carryOut = async (session: Session, mend: Mend): Promise<string> => {
    if (mend.kind === 'reload') return mend.reason;
    const operations = underHolds(mend.operations, keeping.holds);
    const result = await runOperations({ operations, session, tombstones });
    if (result.kind === 'applied') return '';
    await recover(session, mend.operations);
    return result.reason;
  };

  /** A server that was taken out to be added again is not to be taken for one that an operator took out. */
  const recover = async (session: Session, operations: readonly Operation[]) => {
    for (const operation of operations) {
      if (operation.kind !== 'add-server' && operation.kind !== 'replace-server') continue;
      const path = pathOf(operation.target);
      const state = operation.target.disabled ? 'maint' : 'ready';
      await session.ask(`set server ${path} state ${keeping.holds.get(path)?.state ?? state}`);
    }
  };

  const input = ({ release, capabilities }: Audited, plan: Planner) => ({
    files: live.serving(release),
    root,
    capabilities,
    plan,
  });

  return {
    async servers(audited, backends) {
      const { session, release } = audited;
      const expected = live.servers(release);
      const states = await keeping.meet(session, expected, backends);
      if (isOff) return { found: [], states };
      const differences = compareServers(backends ?? expected.backends, {
        expected,
        states,
        tombstones,
      });
      const plan = createPlanner();
      const found: Found[] = [];
      for (const group of groupsOf(differences)) {
        const mend = mendServers(group, { ...input(audited, plan), expected, states });
        found.push(...foundAs(group, await carryOut(session, mend)));
      }
      return { found, states };
    },
    async files(audited) {
      if (isOff) return [];
      const { session, release } = audited;
      const expected = live.files(release);
      const plan = createPlanner();
      const found: Found[] = [];
      for (const difference of await compareFiles(session, { expected, root, round })) {
        const mend = mendFile(difference, { ...input(audited, plan), expected });
        // The other hand may be at it this moment.
        const reason = (await carryOut(session, mend)) && (await carryOut(session, mend));
        found.push(...foundAs([difference], reason));
      }
      return found;
    },
  };
}
