import type { Intent } from '../core/intent.ts';
import { readService } from '../core/services.ts';
import type { AsOf } from '../wire/as-of.ts';

/** Of the namespaces that an intent names, those whose pods a source at this position does not follow. */
export function unreadNamespaces({ services = {} }: Intent, asOf: AsOf): readonly string[] {
  // Files have no position; and one watch may be of all namespaces.
  if (Object.keys(asOf).length === 0 || Object.hasOwn(asOf, 'pods')) return [];
  const named = Object.entries(services).flatMap(([name, text]) => {
    const result = readService({ object: '', name, text });
    return result.kind === 'service' ? [result.service.namespace] : [];
  });
  return [...new Set(named)].filter((name) => !Object.hasOwn(asOf, `pods/${name}`)).sort();
}
