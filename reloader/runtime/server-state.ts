import type { Session } from './session.ts';
import { parseStateRows } from './state-row.ts';
import { surprise } from './surprise.ts';

/** What decides whether a server takes new connections, its checks aside. */
export type AdminState = 'ready' | 'drain' | 'maint';

/** A server as HAProxy shows it. */
export interface ServerState {
  readonly id: number;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** Whether it is in maintenance by the configuration or by command. */
  readonly disabled: boolean;
  /** As `disabled`, and `drain` by command. */
  readonly state: AdminState;
  /** Whether it has checks, and whether they are switched off by command. */
  readonly checks: 'none' | 'on' | 'off';
  readonly ssl: boolean;
}

/** By backend, then by server. */
export type ServerStates = ReadonlyMap<string, ReadonlyMap<string, ServerState>>;

/** The backends of many are asked for at once: one answer for all of them is cheaper. */
const FEW = 32;
/** Maintenance that an operator or the configuration forced, of `srv_admin_state`'s bits. */
const FORCED_MAINTENANCE = 0x01;
const FORCED_DRAIN = 0x08;
/** Of `srv_check_state`'s bits. */
const CHECK = { configured: 0x02, enabled: 0x04 } as const;

function adminStateOf(bits: number): AdminState {
  if ((bits & FORCED_MAINTENANCE) !== 0) return 'maint';
  return (bits & FORCED_DRAIN) === 0 ? 'ready' : 'drain';
}

function checksOf(bits: number): ServerState['checks'] {
  if ((bits & CHECK.configured) === 0) return 'none';
  return (bits & CHECK.enabled) === 0 ? 'off' : 'on';
}

/** Reads `show servers state`. */
export function parseServerStates(text: string): ServerStates {
  const states = new Map<string, Map<string, ServerState>>();
  for (const row of parseStateRows(text)) {
    const backend = row.cell('be_name');
    const servers = states.get(backend) ?? new Map<string, ServerState>();
    if (servers.size === 0) states.set(backend, servers);
    // In the order of the columns, in which a row is read once.
    const id = Number(row.cell('srv_id'));
    const name = row.cell('srv_name');
    const address = row.cell('srv_addr');
    const state = adminStateOf(Number(row.cell('srv_admin_state')));
    const weight = Number(row.cell('srv_uweight'));
    const checks = checksOf(Number(row.cell('srv_check_state')));
    const port = Number(row.cell('srv_port'));
    const ssl = row.cell('srv_use_ssl') === '1';
    const disabled = state === 'maint';
    servers.set(name, { id, address, port, weight, disabled, state, checks, ssl });
  }
  return states;
}

/** The answer for a backend that is not there yet, or no more. */
const NO_BACKEND = "Can't find backend.";

async function read(session: Session, scopes: readonly string[]): Promise<ServerStates> {
  const answers = await Promise.all(
    scopes.map((scope) => session.ask(`show servers state${scope}`)),
  );
  const shown = answers.filter((answer) => answer !== NO_BACKEND);
  for (const answer of shown)
    if (!answer.startsWith('1\n#')) surprise('show servers state', answer);
  return parseServerStates(shown.join('\n'));
}

/** Asks for all servers. */
export const readAllServerStates = (session: Session): Promise<ServerStates> => read(session, ['']);

/** Asks for the servers of these backends; where they are many, for those of others, too. */
export function readServerStates(
  session: Session,
  backends: ReadonlySet<string>,
): Promise<ServerStates> {
  return read(session, backends.size > FEW ? [''] : [...backends].map((name) => ` ${name}`));
}
