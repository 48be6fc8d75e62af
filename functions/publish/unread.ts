import { INPUTS_KEY, readInputs } from '../core/inputs/read-inputs.ts';
import type { FeedStates } from '../core/inputs/input.ts';
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

/** The inputs that an intent names and of which nothing is known yet. */
export function unreadInputs({ config = {} }: Intent, states: FeedStates): readonly string[] {
  const text = Object.hasOwn(config, INPUTS_KEY) ? config[INPUTS_KEY] : undefined;
  if (text === undefined) return [];
  const { inputs } = readInputs({ object: '', text });
  return inputs.filter(({ feed }) => states[feed.id] === undefined).map(({ name }) => name);
}
