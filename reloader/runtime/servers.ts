import { setTimeout as delay } from 'node:timers/promises';
import type { Addition, BackendOperation, Operation, ServerTarget } from '../operation.ts';
import { setHeld } from './held-servers.ts';
import { readServerStates, type ServerState, type ServerStates } from './server-state.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';
import { type Tombstones, tryDelete } from './tombstones.ts';

export type ServerOperation = Exclude<Operation, { readonly file: string } | BackendOperation>;

/** What an apply works on. */
export interface ServersContext {
  readonly session: Session;
  readonly tombstones: Tombstones;
  /** The servers of the backends that are touched, as they were before. */
  readonly before: ServerStates;
}

/** How long a server that must go at once may take to be free of connections. */
const DELETE_MS = 1_000;
/** HAProxy 3.0 and newer set addresses a moment after they say so. */
const SETTLE_MS = 2_000;
const POLL_MS = 5;

const nameOf = (operation: ServerOperation) =>
  'target' in operation ? operation.target : operation;
export const backendOf = (operation: ServerOperation): string => nameOf(operation).backend;
const pathOf = ({ backend, name }: { readonly backend: string; readonly name: string }) =>
  `${backend}/${name}`;

/** Asks without waiting for the commands before, and calls any other answer than the expected one a surprise. */
async function expect(session: Session, command: string, expected: RegExp | ''): Promise<void> {
  const answer = await session.ask(command);
  const fits = expected === '' ? answer === '' : expected.test(answer);
  if (!fits) surprise(command, answer);
}

function add({ session }: ServersContext, { target, words, check }: Addition): Promise<unknown> {
  const path = pathOf(target);
  const steps = [
    expect(session, `add server ${path} ${words.join(' ')}`, /New server registered\.$/),
    ...(check ? [expect(session, `enable health ${path}`, '')] : []),
    ...(target.disabled ? [] : [expect(session, `set server ${path} state ready`, '')]),
  ];
  return Promise.all(steps);
}

/** Deletes a server that must be gone before the next step. */
async function deleteNow({ session }: ServersContext, server: { backend: string; name: string }) {
  const end = performance.now() + DELETE_MS;
  for (;;) {
    const deletion = await tryDelete(session, server);
    if (deletion === 'deleted') return;
    if (deletion !== 'busy') surprise(`del server ${pathOf(server)}`, deletion.refused);
    if (performance.now() > end) surprise(`server ${pathOf(server)} still serves connections`);
    await delay(POLL_MS);
  }
}

/** A server that left and is still there is the one that is added: it takes requests again. */
async function comeBack({ session, tombstones }: ServersContext, { target }: Addition) {
  tombstones.remove(target.backend, target.name);
  if (!target.disabled) await expect(session, `set server ${pathOf(target)} state ready`, '');
}

async function leave({ session, tombstones }: ServersContext, operation: ServerOperation) {
  if (operation.kind !== 'delete-server') return;
  const { backend, name, words } = operation;
  const deletion = await tryDelete(session, operation);
  if (deletion === 'busy') tombstones.add({ backend, name, words });
  else if (deletion !== 'deleted') surprise(`del server ${backend}/${name}`, deletion.refused);
}

async function replace(context: ServersContext, operation: Addition) {
  const { target } = operation;
  await expect(context.session, `set server ${pathOf(target)} state maint`, '');
  await deleteNow(context, target);
  await add(context, operation);
}

/** Sends what an operation takes. Operations that need no answer before the next one are not waited for here. */
export function carryOutServer(
  context: ServersContext,
  operation: ServerOperation,
): Promise<unknown> {
  const { session, before } = context;
  const server = nameOf(operation);
  const path = pathOf(server);
  const isThere = before.get(server.backend)?.has(server.name) ?? false;
  if (operation.kind === 'add-server') {
    const isBack = context.tombstones.find(server.backend, server.name) !== undefined;
    return isBack ? comeBack(context, operation) : add(context, operation);
  }
  // One that was added a step before is not among those that were there.
  if (operation.kind === 'hold-server') return setHeld(session, path, operation.hold);
  if (!isThere) surprise(`server ${path} is not there`);
  switch (operation.kind) {
    case 'disable-server':
      return expect(session, `set server ${path} state maint`, '');
    case 'move-server':
      return expect(
        session,
        `set server ${path} addr ${operation.target.address} port ${operation.target.port}`,
        /^(IP changed|no need to change the addr|port changed)/,
      );
    case 'weigh-server':
      return expect(session, `set server ${path} weight ${operation.target.weight}`, '');
    case 'limit-server':
      return expect(session, `set maxconn server ${path} ${operation.maxconn}`, '');
    case 'switch-server':
      return expect(
        session,
        `set server ${path} state ${operation.target.disabled ? 'maint' : 'ready'}`,
        '',
      );
    case 'check-server':
      return expect(session, `enable health ${path}`, '');
    case 'delete-server':
      return operation.needed ? deleteNow(context, operation) : leave(context, operation);
    case 'replace-server':
      return replace(context, operation);
  }
}

/** Whether carrying out the operation takes answers before anything else may be sent. */
export function isExclusive(operation: ServerOperation): boolean {
  if (operation.kind === 'delete-server') return operation.needed;
  return operation.kind === 'replace-server' || operation.kind === 'hold-server';
}

/** Whether the operation takes a server out of service. */
export function isLeave(operation: ServerOperation): boolean {
  if (operation.kind === 'switch-server') return operation.target.disabled;
  if (operation.kind === 'weigh-server') return operation.target.weight === 0;
  return operation.kind === 'disable-server';
}

function differs(target: ServerTarget, state: ServerState | undefined): string {
  if (state === undefined) return 'is missing';
  if (state.address !== target.address || state.port !== target.port)
    return `is at ${state.address}:${state.port}, not at ${target.address}:${target.port}`;
  if (state.weight !== target.weight) return `weighs ${state.weight}, not ${target.weight}`;
  if (state.disabled !== target.disabled)
    return state.disabled ? 'is in maintenance' : 'is not in maintenance';
  if (target.id !== 0 && state.id !== target.id) return `has id ${state.id}, not ${target.id}`;
  return '';
}

/** A server that left and came back keeps its place in HAProxy's list; one that was added is the last. */
function misplaced({ target, after }: Addition, states: ServerStates): string {
  if (after.length === 0) return '';
  const names = [...(states.get(target.backend)?.keys() ?? [])];
  const other = after.find((name) => names.indexOf(name) > names.indexOf(target.name));
  return other === undefined ? '' : `server ${pathOf(target)} is listed before ${other}`;
}

/** What the servers are to be in the end: as planned, gone, or in maintenance until they can go. */
function compare(
  { before, tombstones }: ServersContext,
  operations: readonly ServerOperation[],
  after: ServerStates,
): string {
  // What is done last of all to a server is what it is to be.
  const last = new Map(operations.map((each) => [pathOf(nameOf(each)), each]));
  for (const operation of last.values()) {
    const server = nameOf(operation);
    const state = after.get(server.backend)?.get(server.name);
    if ('target' in operation) {
      const difference = differs(operation.target, state);
      if (difference !== '') return `server ${pathOf(server)} ${difference}`;
    } else if (state !== undefined) {
      const waits = tombstones.find(server.backend, server.name) !== undefined && state.disabled;
      if (!waits) return `server ${pathOf(server)} is still there`;
    }
  }
  for (const operation of operations) {
    const place = 'after' in operation ? misplaced(operation, after) : '';
    if (place !== '') return place;
  }
  for (const [backend, servers] of before)
    for (const name of servers.keys())
      if (!last.has(`${backend}/${name}`) && after.get(backend)?.has(name) !== true)
        return `server ${backend}/${name} is gone`;
  return '';
}

/**
 * Reads the servers back until they are as planned.
 *
 * @throws Surprise with the first difference that stays
 */
export async function verifyServers(
  context: ServersContext,
  operations: readonly ServerOperation[],
): Promise<void> {
  const backends = new Set(operations.map(backendOf));
  if (backends.size === 0) return;
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const after = await readServerStates(context.session, backends);
    const difference = compare(context, operations, after);
    if (difference === '') return;
    if (performance.now() > end) surprise(difference);
    await delay(POLL_MS);
  }
}
