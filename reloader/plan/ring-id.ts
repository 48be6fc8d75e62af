import { createHash } from 'node:crypto';
import type { Balance } from '../config/balance.ts';
import type { Capabilities } from '../haproxy/capabilities.ts';

/** What HAProxy uses of an id to place a server on the ring (configuration manual, 5.2 `id`). */
const ID_BITS = 28;

/**
 * The id that a new server must be given so that it is served at all; 0 where HAProxy's own choice will do. Before 3.0
 * a server is placed on the ring of `balance random` before it has an id: two of them would lie on one place, and one
 * of them get nothing (haproxy/haproxy#3413). Drawn from the name, so that it is no other server's.
 */
export function ringId(name: string, balance: Balance, { since30 }: Capabilities): number {
  if (since30 || balance.algorithm !== 'random') return 0;
  const drawn = createHash('sha256').update(name).digest().readUInt32BE();
  return (drawn >>> (32 - ID_BITS)) + 1;
}
