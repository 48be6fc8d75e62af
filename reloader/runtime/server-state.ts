import type { Session } from './session.ts';
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

/** One server's row. */
export interface StateRow {
  /** As HAProxy shows it. */
  readonly line: string;
  /** The cell of a column, empty where this version has no such column. */
  cell(column: string): string;
}

/** The rows of `show servers state`, whose columns differ by version. Source: HAProxy management guide, 9.3. */
export function parseStateRows(text: string): readonly StateRow[] {
  const rows: StateRow[] = [];
  let columns: readonly string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) {
      columns = line.slice(2).split(' ');
      continue;
    }
    const cells = line.split(' ');
    if (columns.length === 0 || cells.length < 3) continue;
    const known = columns;
    rows.push({ line, cell: (column) => cells[known.indexOf(column)] ?? '' });
  }
  return rows;
}

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
  for (const { cell } of parseStateRows(text)) {
    const backend = states.get(cell('be_name')) ?? new Map<string, ServerState>();
    states.set(cell('be_name'), backend);
    const state = adminStateOf(Number(cell('srv_admin_state')));
    backend.set(cell('srv_name'), {
      id: Number(cell('srv_id')),
      address: cell('srv_addr'),
      port: Number(cell('srv_port')),
      weight: Number(cell('srv_uweight')),
      disabled: state === 'maint',
      state,
      checks: checksOf(Number(cell('srv_check_state'))),
      ssl: cell('srv_use_ssl') === '1',
    });
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
