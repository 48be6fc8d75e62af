import type { Operation, OperationKind } from './operation.ts';
import { carryOutAcl, isOfAcl } from './runtime/acls.ts';
import { carryOutBackend, isOfBackend, verifyBackends } from './runtime/backends.ts';
import { type CertificateOperation, carryOutCertificate } from './runtime/certificates.ts';
import { carryOutMap, isOfMap } from './runtime/maps.ts';
import { readServerStates, type ServerStates } from './runtime/server-state.ts';
import {
  backendOf,
  carryOutServer,
  isExclusive,
  isLeave,
  type ServerOperation,
  type ServersContext,
  verifyServers,
} from './runtime/servers.ts';
import type { Session } from './runtime/session.ts';
import { Surprise } from './runtime/surprise.ts';
import { freeBackends, freeNames } from './runtime/taken-names.ts';
import type { Tombstones } from './runtime/tombstones.ts';

/** Milliseconds by phase. */
export type Phases = Readonly<Record<string, number>>;

/** What an apply was made of, for logs and metrics. */
export interface RuntimeReport {
  readonly operations: Readonly<Partial<Record<OperationKind, number>>>;
  readonly phases: Phases;
  /** Servers that left and wait for their connections to end. */
  readonly waiting: number;
}

export type RuntimeResult =
  | { readonly kind: 'applied'; readonly report: RuntimeReport }
  | { readonly kind: 'surprise'; readonly reason: string };

export interface RuntimeRun {
  readonly operations: readonly Operation[];
  readonly session: Session;
  readonly tombstones: Tombstones;
  /** The servers of the backends that are touched as they are now, where that was just read. */
  readonly before?: ServerStates;
}

const ofServer = (operation: Operation): operation is ServerOperation =>
  !('file' in operation) && !isOfBackend(operation);

/** The backends whose servers an operation changes. */
export const backendsOf = (operation: Operation): readonly string[] =>
  ofServer(operation) ? [backendOf(operation)] : [];

function count(operations: readonly Operation[]): Partial<Record<OperationKind, number>> {
  const counts: Partial<Record<OperationKind, number>> = {};
  for (const { kind } of operations) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

type AddServer = Extract<Operation, { readonly kind: 'add-server' }>;

/** The additions under names of servers that HAProxy has, or that were noted as left. */
function findTaken({ before, tombstones }: ServersContext, operations: readonly Operation[]) {
  return operations.filter((operation): operation is AddServer => {
    if (operation.kind !== 'add-server') return false;
    const { backend, name } = operation.target;
    return before.get(backend)?.has(name) === true || tombstones.find(backend, name) !== undefined;
  });
}

type AddBackend = Extract<Operation, { readonly kind: 'add-backend' }>;
const isAddBackend = (operation: Operation): operation is AddBackend =>
  operation.kind === 'add-backend';

/** What needs no answer before the next command is sent; undefined for all others. */
function send(context: ServersContext, operation: Operation): Promise<unknown> | undefined {
  if (isOfBackend(operation)) return carryOutBackend(context, operation);
  if (!ofServer(operation) || isExclusive(operation)) return undefined;
  return carryOutServer(context, operation);
}

const isGoing = (operation: Operation) =>
  operation.kind === 'unpublish-backend' || (ofServer(operation) && isLeave(operation));

/** A backend that is added begins without servers; those of one that left under its name are tombstones. */
function withoutAdded(states: ServerStates, operations: readonly Operation[]): ServerStates {
  const added = new Set(operations.filter(isAddBackend).map(({ backend }) => backend));
  return new Map([...states].filter(([backend]) => !added.has(backend)));
}

/**
 * Carries the operations out in order. Commands for servers and backends are pipelined: sent together, every answer
 * checked. A server that leaves after others were added leaves once they serve: HAProxy may have refused them.
 */
async function change(context: ServersContext, operations: readonly Operation[]): Promise<void> {
  let sent: Promise<unknown>[] = [];
  let isAdding = false;
  const settle = async () => {
    const waiting = sent;
    sent = [];
    isAdding = false;
    await Promise.all(waiting);
  };
  try {
    await freeBackends(context, operations.filter(isAddBackend));
    let taken = findTaken(context, operations);
    for (const operation of operations) {
      if (operation.kind === 'add-server' && taken.length > 0) {
        await settle();
        await freeNames(context, taken);
        taken = [];
      }
      if (isAdding && isGoing(operation)) await settle();
      const answer = send(context, operation);
      if (answer !== undefined) {
        sent.push(answer);
        isAdding ||= operation.kind === 'add-server' || operation.kind === 'publish-backend';
        continue;
      }
      await settle();
      if (ofServer(operation)) await carryOutServer(context, operation);
      else if (isOfMap(operation)) await carryOutMap(context.session, operation);
      else if (isOfAcl(operation)) await carryOutAcl(context.session, operation);
      else if (!isOfBackend(operation))
        await carryOutCertificate(context.session, operation satisfies CertificateOperation);
    }
    await settle();
  } finally {
    await Promise.allSettled(sent);
  }
}

/**
 * Applies operations to a running HAProxy and reads everything back. Nothing that HAProxy answers or shows goes
 * unchecked; after a surprise it is half changed, and a reload from the written files is what converges it.
 *
 * @throws CliError when the connection breaks
 */
export async function runOperations(run: RuntimeRun): Promise<RuntimeResult> {
  const { operations, session, tombstones } = run;
  const servers = operations.filter(ofServer);
  const started = performance.now();
  try {
    const shown = run.before ?? (await readServerStates(session, new Set(servers.map(backendOf))));
    const before = withoutAdded(shown, operations);
    const read = performance.now();
    const context: ServersContext = { session, tombstones, before };
    await change(context, operations);
    const changed = performance.now();
    await verifyServers(context, servers);
    await verifyBackends(context, operations.filter(isOfBackend));
    const phases = {
      read: read - started,
      change: changed - read,
      verify: performance.now() - changed,
    };
    const report = { operations: count(operations), phases, waiting: tombstones.size };
    return { kind: 'applied', report };
  } catch (error) {
    if (error instanceof Surprise) return { kind: 'surprise', reason: error.message };
    throw error;
  }
}
