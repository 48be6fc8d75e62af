import { parseAddress } from '../config/address.ts';
import type { Server } from '../config/proxy.ts';
import type { Holds } from '../holds/hold.ts';
import { parseStateRows, type StateRow } from './state-row.ts';

/** The format's version, which HAProxy wants to see even where nothing follows. */
export const NO_ROWS = '1\n';

/** Of `srv_admin_state`'s bits: `set server ... state drain`. Source: HAProxy management guide, 9.3. */
const DRAIN = 0x08;
const MAINTENANCE = 0x01;

/**
 * Whether a row says something that holds for the same server in a new worker. Maintenance does only where an operator
 * asked for it: servers that leave are put in it, and one of them that is wanted again would not come back. Neither
 * does a port other than the written one, which HAProxy would take from the row.
 */
function isCarried(row: StateRow, same: ReadonlyMap<string, Server>, holds: Holds): boolean {
  const path = `${row.cell('be_name')}/${row.cell('srv_name')}`;
  const server = same.get(path);
  const carried = holds.get(path)?.state === 'maint' ? DRAIN | MAINTENANCE : DRAIN;
  if (server === undefined || (Number(row.cell('srv_admin_state')) & ~carried) !== 0) return false;
  const written = parseAddress(server.address);
  return written.kind === 'address' && String(written.address.port) === row.cell('srv_port');
}

/**
 * What a state file tells the worker to come. Pure.
 *
 * @param shown the answer to `show servers state`, which has the file's own format (HAProxy management guide, 9.3)
 * @param same the servers of the worker to come that are in the running one as well, by `BACKEND/NAME`
 * @param holds the servers that operators hold
 */
export function carriedState(
  shown: string,
  same: ReadonlyMap<string, Server>,
  holds: Holds,
): string {
  const header = shown.split('\n').find((line) => line.startsWith('# '));
  const lines: string[] = [];
  for (const row of parseStateRows(shown)) if (isCarried(row, same, holds)) lines.push(row.line);
  if (header === undefined || lines.length === 0) return NO_ROWS;
  return `${NO_ROWS}${[header, ...lines].join('\n')}\n`;
}
