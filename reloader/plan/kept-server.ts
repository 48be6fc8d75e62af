import type { Balance } from '../config/balance.ts';
import { optionsKey } from '../../functions/wire/server-option.ts';
import type { Operation } from '../operation.ts';
import type { KnownServer } from './known-server.ts';
import { needReload } from './needs-reload.ts';

/** What the setters of the Runtime API change without taking the server away. */
const SETTABLE = ['weight', 'maxconn', 'disabled'];

/** A server that stays: setters where they do, `replace` where it must be taken away and added again. */
export function planKept(
  old: KnownServer,
  now: KnownServer,
  balance: Balance,
): readonly Operation[] | 'replace' {
  const { target } = now;
  if (optionsKey(old.options, SETTABLE) !== optionsKey(now.options, SETTABLE)) return 'replace';
  const operations: Operation[] = [];
  if (old.target.address !== target.address || old.target.port !== target.port)
    operations.push({ kind: 'move-server', target });
  if (old.target.weight !== target.weight) {
    if (!balance.dynamic)
      needReload(`server ${target.backend}/${target.name}: ${balance.algorithm} fixes weights`);
    operations.push({ kind: 'weigh-server', target });
  }
  const before = Number(old.options.get('maxconn')?.[0] ?? 0);
  const maxconn = Number(now.options.get('maxconn')?.[0] ?? 0);
  if (before !== maxconn) {
    if (before === 0 || maxconn === 0 || now.options.has('minconn')) return 'replace';
    operations.push({ kind: 'limit-server', target, maxconn });
  }
  if (old.target.disabled !== target.disabled) operations.push({ kind: 'switch-server', target });
  return operations;
}
