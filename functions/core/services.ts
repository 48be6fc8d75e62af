import type { Diagnostic } from './diagnostics.ts';
import { deepFreeze } from './freeze.ts';
import { readJson } from './json.ts';

/** One entry of ConfigMap `services`: which pods serve it, and whatever else its JSON holds for the template. */
export interface ServiceDefinition {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Readonly<Record<string, string>>;
  /** The whole JSON object, deeply frozen. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export type ServiceResult =
  | { readonly kind: 'service'; readonly service: ServiceDefinition }
  | { readonly kind: 'problem'; readonly diagnostic: Diagnostic };

const EXAMPLE =
  'For example {"namespace": "default", "selector": {"app": "web"}, "ports": [8080]}.';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function findFault(value: unknown): { code: string; message: string } | undefined {
  if (!isRecord(value)) return { code: 'service-not-object', message: 'is not a JSON object' };
  const { namespace, selector } = value;
  if (typeof namespace !== 'string' || namespace === '')
    return { code: 'service-namespace', message: 'has no "namespace" (the name of one, as text)' };
  if (!isRecord(selector))
    return { code: 'service-selector', message: 'has no "selector" (an object of labels)' };
  const odd = Object.keys(selector).find((label) => typeof selector[label] !== 'string');
  if (odd !== undefined)
    return {
      code: 'service-selector',
      message: `selects by ${JSON.stringify(odd)} with a value that is not text, as labels are`,
    };
  return undefined;
}

/**
 * Reads one entry of ConfigMap `services`.
 *
 * @param entry `object` names the ConfigMap in diagnostics
 */
export function readService(entry: { object: string; name: string; text: string }): ServiceResult {
  const { object, name, text } = entry;
  const json = readJson(text);
  const problem = (code: string, message: string, place = {}): ServiceResult => ({
    kind: 'problem',
    diagnostic: {
      severity: 'error',
      code,
      message: `service ${name} ${message}; it is left out`,
      hint: EXAMPLE,
      where: { object, key: name, ...place },
    },
  });
  if (json.kind === 'problem') {
    const { message, ...place } = json.problem;
    return problem('service-json', `is not JSON: ${message}`, place);
  }
  const fault = findFault(json.value);
  if (fault) return problem(fault.code, fault.message);
  const fields = deepFreeze(json.value as Record<string, unknown>);
  const { namespace, selector } = fields as { namespace: string; selector: Record<string, string> };
  return { kind: 'service', service: { name, namespace, selector, fields } };
}

/** Whether labels satisfy a selector: equality of every pair (an empty selector selects every pod). */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  for (const label of Object.keys(selector))
    if (!Object.hasOwn(labels, label) || labels[label] !== selector[label]) return false;
  return true;
}
