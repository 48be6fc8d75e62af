import {
  entriesOf,
  isJsonObject,
  type JsonObject,
  memberOf,
  merged,
  without,
  writeJson,
} from '../template/json/index.ts';
import { isClusterKind } from './inputs/input.ts';
import { isOfSecrets, TLS_TYPE } from './inputs/secret.ts';
import type { Change, Kind } from './objects.ts';

/** An object decoded, or why it cannot be. `ignored`: of a kind that no snapshot is made of. */
export type Decoded =
  | { readonly kind: 'decoded'; readonly change: Change & { readonly type: 'put' } }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'problem'; readonly name: string; readonly message: string };

const KINDS: Readonly<Record<string, Kind>> = {
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  Pod: 'pods',
};
const encoder = new TextEncoder();

const isAbsent = (value: unknown): value is undefined | null =>
  value === undefined || value === null;
const isText = (value: unknown): value is string => typeof value === 'string';
const isTextMap = (value: unknown): boolean =>
  isAbsent(value) || (isJsonObject(value) && entriesOf(value).every(([, text]) => isText(text)));
const isListOf = (value: unknown, has: (item: unknown) => boolean): boolean =>
  isAbsent(value) ||
  (Array.isArray(value) && value.every((item) => isJsonObject(item) && has(item)));

function podFault(pod: JsonObject): string | undefined {
  const deleted = memberOf(memberOf(pod, 'metadata'), 'deletionTimestamp');
  if (!isAbsent(deleted) && !isText(deleted)) return 'metadata.deletionTimestamp is not text';
  const status = memberOf(pod, 'status');
  if (isAbsent(status)) return undefined;
  if (!isJsonObject(status)) return 'status is not an object';
  const podIP = memberOf(status, 'podIP');
  if (!isAbsent(podIP) && !isText(podIP)) return 'status.podIP is not text';
  if (!isListOf(memberOf(status, 'conditions'), (one) => isText(memberOf(one, 'type'))))
    return 'status.conditions is not a list of conditions';
  const hasReady = (one: unknown): boolean => typeof memberOf(one, 'ready') === 'boolean';
  if (!isListOf(memberOf(status, 'containerStatuses'), hasReady))
    return 'status.containerStatuses is not a list of statuses with "ready"';
  return undefined;
}

function findFault(kind: Kind, object: JsonObject): string | undefined {
  const metadata = memberOf(object, 'metadata');
  const namespace = memberOf(metadata, 'namespace');
  if (!isAbsent(namespace) && !isText(namespace)) return 'metadata.namespace is not text';
  if (!isTextMap(memberOf(metadata, 'labels'))) return 'metadata.labels is not an object of text';
  if (kind === 'pods') return podFault(object);
  if (!isTextMap(memberOf(object, 'data')) || !isTextMap(memberOf(object, 'stringData')))
    return 'data is not an object of text (numbers and true or false need quotes)';
  return undefined;
}

const toBase64 = (text: unknown): string => Buffer.from(text as string, 'utf8').toString('base64');

/** A Secret's `stringData` as the API server stores it: base64 in `data`. */
function mergeStringData(object: JsonObject): JsonObject {
  const texts = memberOf(object, 'stringData');
  if (!isJsonObject(texts)) return object;
  const encoded = new Map(entriesOf(texts).map(([key, text]) => [key, toBase64(text)]));
  const data = memberOf(object, 'data');
  const all = merged(isJsonObject(data) ? data : {}, encoded);
  return merged(without(object, 'stringData'), { data: all });
}

/** The object as bytes, or why it has none. */
function compact(kind: Kind, object: JsonObject): Uint8Array | string {
  const metadata = without(memberOf(object, 'metadata') as JsonObject, 'managedFields');
  const kept = merged(object, { metadata });
  try {
    return encoder.encode(writeJson(kind === 'secrets' ? mergeStringData(kept) : kept));
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** An object of any kind, as an input may name it. */
export interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty where the kind is in none. */
  readonly namespace: string;
  readonly name: string;
  readonly json: Uint8Array;
}

/**
 * Decodes an object for inputs; undefined for Secrets without a certificate, and for what is no object of the API. As in
 * `kubectl apply`, an object without a namespace is in `default`.
 *
 * @param decoded what `decodeObject` gives for it
 */
export function decodeAny(value: unknown, decoded: Decoded): AnyObject | undefined {
  const metadata = memberOf(value, 'metadata');
  const [apiVersion, kind] = [memberOf(value, 'apiVersion') ?? 'v1', memberOf(value, 'kind')];
  const name = memberOf(metadata, 'name');
  if (!isJsonObject(value) || !isJsonObject(metadata)) return undefined;
  if (!isText(apiVersion) || !isText(kind) || !isText(name)) return undefined;
  const isSecret = isOfSecrets({ apiVersion, kind });
  if (isSecret && memberOf(value, 'type') !== TLS_TYPE) return undefined;
  if (!isTextMap(memberOf(metadata, 'labels'))) return undefined;
  const given = memberOf(metadata, 'namespace');
  const namespace = isClusterKind({ apiVersion, kind }) ? '' : isText(given) ? given : 'default';
  // The bytes are shared where the object is one of the others, too.
  if (decoded.kind === 'decoded' && isText(given))
    return { apiVersion, kind, namespace, name, json: decoded.change.json };
  const placed = namespace === '' ? metadata : merged(metadata, { namespace });
  const json = compact(
    isSecret ? 'secrets' : 'configmaps',
    merged(value, { apiVersion, metadata: placed }),
  );
  return isText(json) ? undefined : { apiVersion, kind, namespace, name, json };
}

/**
 * Decodes one object of a manifest or of the API: checks what the core relies on, drops `metadata.managedFields`
 * (as kubectl does), and merges `stringData`. An object without a namespace is in `default`.
 */
export function decodeObject(value: unknown): Decoded {
  const problem = (name: string, message: string): Decoded => ({ kind: 'problem', name, message });
  const kindName = memberOf(value, 'kind');
  if (!isJsonObject(value) || !isText(kindName))
    return problem('', 'is not a Kubernetes object (it has no "kind")');
  const kind = Object.hasOwn(KINDS, kindName) ? KINDS[kindName] : undefined;
  if (kind === undefined) return { kind: 'ignored' };
  const metadata = memberOf(value, 'metadata');
  const name = memberOf(metadata, 'name');
  if (!isText(name)) return problem(kindName, 'has no metadata.name');
  const fault = findFault(kind, value);
  if (fault !== undefined) return problem(`${kind}/${name}`, fault);
  const json = compact(kind, value);
  if (isText(json)) return problem(`${kind}/${name}`, json);
  const namespace = memberOf(metadata, 'namespace');
  return {
    kind: 'decoded',
    change: {
      type: 'put',
      kind,
      namespace: isText(namespace) ? namespace : 'default',
      name,
      json,
    },
  };
}
