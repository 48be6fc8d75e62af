/** How a service and its proxies are, in numbers. */
export interface Standing {
  readonly isReady: boolean;
  /** How the newest intent stands. */
  readonly state: string;
  /** Parts of it that are held back. */
  readonly held: number;
  readonly known: number;
  readonly converged: number;
  readonly refusing: number;
  /** Sources that cannot be read. */
  readonly stale: number;
  /** Of the inputs. */
  readonly errors: number;
}

/** So many, in words: `1 proxy`, `2 proxies`. */
export const count = (n: number, one: string, many: string): string =>
  `${n} ${n === 1 ? one : many}`;

/** What is not well, each in a few words; nothing where all is. */
export function findTroubles(standing: Standing): readonly string[] {
  const { isReady, state, held, refusing, known, converged, stale, errors } = standing;
  const lagging = known - converged - refusing;
  return [
    ...(isReady ? [] : ['there is nothing to serve']),
    ...(held > 0 ? [`${count(held, 'part is', 'parts are')} held back`] : []),
    ...(state === 'good' || held > 0 ? [] : [`the newest intent is ${state}`]),
    ...(refusing > 0 ? [count(refusing, 'proxy refuses', 'proxies refuse')] : []),
    ...(lagging > 0 ? [count(lagging, 'proxy lags', 'proxies lag')] : []),
    ...(stale > 0 ? [`${count(stale, 'source', 'sources')} cannot be read`] : []),
    ...(errors > 0 ? [`${count(errors, 'error', 'errors')} in the inputs`] : []),
  ];
}

/** All in one line. */
export const formatTroubles = (troubles: readonly string[]): string =>
  troubles.length === 0 ? 'Everything is well.' : `Not everything is well: ${troubles.join('; ')}.`;
