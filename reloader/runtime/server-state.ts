import type { Session } from './session.ts';
import { surprise } from './surprise.ts';

/** A server as HAProxy shows it. */
export interface ServerState {
  readonly id: number;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** Whether it is in maintenance by the configuration or by command. */
  readonly disabled: boolean;
}

/** By backend, then by server. */
export type ServerStates = ReadonlyMap<string, ReadonlyMap<string, ServerState>>;

/** The backends of many are asked for at once: one answer for all of them is cheaper. */
const FEW = 32;
/** Maintenance that an operator or the configuration forced, of `srv_admin_state`'s bits. */
const FORCED_MAINTENANCE = 0x01;

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

/** Reads `show servers state`. */
export function parseServerStates(text: string): ServerStates {
  const states = new Map<string, Map<string, ServerState>>();
  for (const { cell } of parseStateRows(text)) {
    const backend = states.get(cell('be_name')) ?? new Map<string, ServerState>();
    states.set(cell('be_name'), backend);
    backend.set(cell('srv_name'), {
      id: Number(cell('srv_id')),
      address: cell('srv_addr'),
      port: Number(cell('srv_port')),
      weight: Number(cell('srv_uweight')),
      disabled: (Number(cell('srv_admin_state')) & FORCED_MAINTENANCE) !== 0,
    });
  }
  return states;
}

/** Asks for the servers of these backends. */
export async function readServerStates(
  session: Session,
  backends: ReadonlySet<string>,
): Promise<ServerStates> {
  const scopes = backends.size > FEW ? [''] : [...backends].map((name) => ` ${name}`);
  const answers = await Promise.all(
    scopes.map((scope) => session.ask(`show servers state${scope}`)),
  );
  for (const answer of answers)
    if (!answer.startsWith('1\n#')) surprise('show servers state', answer);
  return parseServerStates(answers.join('\n'));
}
