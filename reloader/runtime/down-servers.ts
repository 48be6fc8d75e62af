import type { Session } from './session.ts';
import { parseStateRows, type StateRow } from './state-row.ts';

/** Servers that their checks hold for dead, by `BACKEND/NAME`, with where they were checked. */
export type DownServers = ReadonlyMap<string, string>;

/** Columns of `show servers state`. Source: HAProxy management guide, 9.3; `server-t.h` and `check-t.h` for the bits. */
const STOPPED = 0;
const CHECK = { configured: 0x02, enabled: 0x04, paused: 0x08 } as const;
const PASSED = 3;

const pathOf = (row: StateRow) => `${row.cell('be_name')}/${row.cell('srv_name')}`;
const placeOf = (row: StateRow) =>
  ['srv_addr', 'srv_port', 'srv_fqdn', 'srv_check_addr', 'srv_check_port']
    .map((column) => row.cell(column))
    .join(' ');

/**
 * Whether checks alone decide on this server. One without checks would never come back; one in maintenance or drain
 * is somebody's decision (a server that left waits so for its connections to end); an agent decides for itself.
 */
function isByChecks(row: StateRow): boolean {
  if (row.cell('srv_admin_state') !== '0') return false;
  const check = Number(row.cell('srv_check_state'));
  const checked = (check & CHECK.configured) !== 0 && (check & CHECK.enabled) !== 0;
  const agent = (Number(row.cell('srv_agent_state')) & CHECK.configured) !== 0;
  return checked && (check & CHECK.paused) === 0 && !agent;
}

const isStopped = (row: StateRow) => Number(row.cell('srv_op_state')) === STOPPED;

/** The servers that are down by their checks, from the answer to `show servers state`. Pure. */
export function findDownServers(shown: string): DownServers {
  const down = new Map<string, string>();
  for (const row of parseStateRows(shown))
    if (isStopped(row) && isByChecks(row)) down.set(pathOf(row), placeOf(row));
  return down;
}

/**
 * Sets down again, in a new worker, what was down in the one before: at the same place, checked still, and not found
 * well by a check of the new worker's own. A server so set comes back by its checks, after `rise` of them.
 *
 * @returns how many
 */
export async function setDown(session: Session, down: DownServers): Promise<number> {
  const again: string[] = [];
  for (const row of parseStateRows(await session.ask('show servers state'))) {
    if (isStopped(row) || !isByChecks(row) || down.get(pathOf(row)) !== placeOf(row)) continue;
    if (Number(row.cell('srv_check_result')) < PASSED) again.push(pathOf(row));
  }
  const answers = await Promise.all(
    again.map((path) => session.ask(`set server ${path} health down`)),
  );
  return answers.filter((answer) => answer === '').length;
}
