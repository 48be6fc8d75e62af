import { type ProxySection, settingOf } from './proxy.ts';

/** What a proxy's balancing asks of its servers. Source: HAProxy configuration manual, 4.2 `balance`, `hash-type`. */
export interface Balance {
  readonly algorithm: string;
  /** Whether servers can be added and reweighted while HAProxy runs. */
  readonly dynamic: boolean;
  /** Whether the servers' ids decide which of them serves a request. */
  readonly byId: boolean;
  /** Whether the order of the server lines decides it. */
  readonly byOrder: boolean;
  /** Whether servers have places on a ring of hashes. */
  readonly isRing: boolean;
}

export type BalanceResult =
  | { readonly kind: 'balance'; readonly balance: Balance }
  | { readonly kind: 'unknown'; readonly algorithm: string };

const DYNAMIC = new Set(['roundrobin', 'leastconn', 'random']);
const HASHES = new Set(['source', 'uri', 'url_param', 'hdr', 'hash', 'rdp-cookie']);

const DEFAULTS = { dynamic: false, byId: false, byOrder: false, isRing: false };

/** How a proxy balances. Without a `balance` line it is a round robin, from HAProxy 3.3 on at random: both are dynamic. */
export function balanceOf(proxy: ProxySection): BalanceResult {
  const [written] = settingOf(proxy, 'balance');
  const algorithm = /^[a-z_-]+/.exec(written ?? 'roundrobin')?.[0] ?? String(written);
  const known = (traits: Partial<Balance>): BalanceResult => ({
    kind: 'balance',
    balance: { ...DEFAULTS, algorithm, ...traits },
  });
  if (DYNAMIC.has(algorithm))
    return known({ dynamic: true, isRing: written === undefined || algorithm === 'random' });
  if (algorithm === 'first') return known({ dynamic: true, byId: true });
  if (algorithm === 'static-rr') return known({ byOrder: true });
  if (!HASHES.has(algorithm)) return { kind: 'unknown', algorithm };
  const [method = 'map-based'] = settingOf(proxy, 'hash-type');
  if (method === 'consistent') return known({ dynamic: true, byId: true, isRing: true });
  if (method === 'map-based') return known({ byOrder: true });
  return { kind: 'unknown', algorithm: `hash-type ${method}` };
}
