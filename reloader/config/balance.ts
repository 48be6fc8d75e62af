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
}

export type BalanceResult =
  | { readonly kind: 'balance'; readonly balance: Balance }
  | { readonly kind: 'unknown'; readonly algorithm: string };

const DYNAMIC = new Set(['roundrobin', 'leastconn', 'random']);
const HASHES = new Set(['source', 'uri', 'url_param', 'hdr', 'hash', 'rdp-cookie']);

export function balanceOf(proxy: ProxySection): BalanceResult {
  const [written = 'roundrobin'] = settingOf(proxy, 'balance');
  const algorithm = /^[a-z_-]+/.exec(written)?.[0] ?? written;
  const known = (dynamic: boolean, byId: boolean, byOrder: boolean): BalanceResult => ({
    kind: 'balance',
    balance: { algorithm, dynamic, byId, byOrder },
  });
  if (DYNAMIC.has(algorithm)) return known(true, false, false);
  if (algorithm === 'first') return known(true, true, false);
  if (algorithm === 'static-rr') return known(false, false, true);
  if (!HASHES.has(algorithm)) return { kind: 'unknown', algorithm };
  const [method = 'map-based'] = settingOf(proxy, 'hash-type');
  if (method === 'consistent') return known(true, true, false);
  if (method === 'map-based') return known(false, false, true);
  return { kind: 'unknown', algorithm: `hash-type ${method}` };
}
