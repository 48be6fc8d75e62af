import { plain, settle } from '../template/foreign.ts';
import { entriesOf, isJsonObject, type JsonObject, memberOf } from '../template/json/index.ts';
import type { Diagnostic } from './diagnostics.ts';
import { readJson } from './json.ts';

/** Labels and the values that they must have. */
export type Selector = readonly (readonly [label: string, value: string])[];

/** One entry of ConfigMap `services`: which pods serve it, and whatever else its JSON holds for the template. */
export interface ServiceDefinition {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Selector;
  /** The whole JSON object, deeply frozen. */
  readonly fields: JsonObject;
}

export type ServiceResult =
  | { readonly kind: 'service'; readonly service: ServiceDefinition }
  | { readonly kind: 'problem'; readonly diagnostic: Diagnostic };

/** As Kubernetes' own objects select, and what to write instead. */
const OF_KUBERNETES: ReadonlyMap<string, string> = new Map([
  ['matchLabels', 'write its labels directly under "selector"'],
  ['matchExpressions', 'services select by labels and their values alone'],
]);
const EXAMPLE =
  'For example {"namespace": "default", "selector": {"app": "web"}, "ports": [8080]}.';

function findFault(value: unknown): { code: string; message: string } | undefined {
  if (!isJsonObject(value)) return { code: 'service-not-object', message: 'is not a JSON object' };
  const namespace = memberOf(value, 'namespace');
  const selector = memberOf(value, 'selector');
  if (typeof namespace !== 'string' || namespace === '')
    return { code: 'service-namespace', message: 'has no "namespace" (the name of one, as text)' };
  if (!isJsonObject(selector))
    return { code: 'service-selector', message: 'has no "selector" (an object of labels)' };
  const [odd] = entriesOf(selector).find(([, label]) => typeof label !== 'string') ?? [];
  if (odd === undefined) return undefined;
  const instead = OF_KUBERNETES.get(odd);
  return {
    code: 'service-selector',
    message: instead
      ? `has ${JSON.stringify(odd)} in its "selector": ${instead}`
      : `has the selector label ${JSON.stringify(odd)}, whose value is not text`,
  };
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
  const fields = settle(json.value) as JsonObject;
  const namespace = plain(memberOf(fields, 'namespace') as string);
  // Values of labels and of the selector are told alike; keys are compared as they are.
  const selector = entriesOf(memberOf(fields, 'selector') as JsonObject).map(
    ([label, value]) => [plain(label), value as string] as const,
  );
  return { kind: 'service', service: { name, namespace, selector, fields } };
}

const hasLabel = (labels: JsonObject, label: string, value: string): boolean =>
  labels instanceof Map
    ? memberOf(labels, label) === value
    : Object.hasOwn(labels, label) &&
      (labels as Readonly<Record<string, unknown>>)[label] === value;

/** Whether labels satisfy a selector: equality of every pair (an empty selector selects every pod). */
export function selects(selector: Selector, labels: JsonObject | undefined): boolean {
  for (const [label, value] of selector)
    if (labels === undefined || !hasLabel(labels, label, value)) return false;
  return true;
}
