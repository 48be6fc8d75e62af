import { findUnbalanced } from '../core/balance-lines.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { Poller } from '../http/pollers.ts';

/** The first version that balances at random where nothing is written (HAProxy configuration manual, 4.2 `balance`). */
const RANDOM_SINCE = [3, 3] as const;
/** Proxies that a message names. */
const NAMED = 3;

function isRandom(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > RANDOM_SINCE[0] || (major === RANDOM_SINCE[0] && minor >= RANDOM_SINCE[1]);
}

export interface Fleet {
  readonly pollers: Iterable<Poller>;
  /** The configurations that are served, by hash. */
  readonly configs: ReadonlyMap<string, string>;
  /** The ConfigMap of the template, for the diagnostic. */
  readonly object: string;
}

/** Looks at fleets again and again: a configuration is read once, and only where versions are mixed. */
export function createFleetWatch(): (fleet: Fleet) => readonly Diagnostic[] {
  let read = new Map<string, readonly string[]>();
  return ({ pollers, configs, object }) => {
    const seen = new Set<string>();
    for (const { haproxy } of pollers) if (haproxy !== undefined) seen.add(haproxy);
    const versions = [...seen].sort();
    const older = versions.find((version) => !isRandom(version));
    const newer = versions.find(isRandom);
    if (older === undefined || newer === undefined) return [];
    read = new Map(
      [...configs].map(([etag, config]) => [etag, read.get(etag) ?? findUnbalanced(config)]),
    );
    const proxies = [...new Set([...read.values()].flat())].sort();
    if (proxies.length === 0) return [];
    const others = proxies.length - NAMED;
    const named = `${proxies.slice(0, NAMED).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
    return [
      {
        severity: 'warning',
        code: 'mixed-balance',
        message: `HAProxy ${older} and ${newer} both take this configuration, and without a balance line they balance differently: ${named}`,
        hint: 'Write a balance line, in defaults for instance: roundrobin is what HAProxy up to 3.2 does without one, random what 3.3 and newer do.',
        where: { object, key: 'template' },
      },
    ];
  };
}
