import type { Change, Kind } from './objects.ts';

/** An object taken in, or why it cannot be. `ignored`: of a kind that no snapshot is made of. */
export type Intake =
  | { readonly kind: 'taken'; readonly change: Change & { readonly type: 'put' } }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'problem'; readonly name: string; readonly message: string };

type Loose = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, Kind>> = {
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  Pod: 'pods',
};
const encoder = new TextEncoder();

const isRecord = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isAbsent = (value: unknown): value is undefined | null =>
  value === undefined || value === null;
const isTextMap = (value: unknown): boolean =>
  isAbsent(value) || (isRecord(value) && Object.values(value).every((v) => typeof v === 'string'));
const isListOf = (value: unknown, has: (item: Loose) => boolean): boolean =>
  isAbsent(value) || (Array.isArray(value) && value.every((item) => isRecord(item) && has(item)));

function podFault({ status, metadata }: { status?: unknown; metadata: Loose }): string | undefined {
  if (!isAbsent(metadata.deletionTimestamp) && typeof metadata.deletionTimestamp !== 'string')
    return 'metadata.deletionTimestamp is not text';
  if (isAbsent(status)) return undefined;
  if (!isRecord(status)) return 'status is not an object';
  if (!isAbsent(status.podIP) && typeof status.podIP !== 'string')
    return 'status.podIP is not text';
  if (!isListOf(status.conditions, ({ type }) => typeof type === 'string'))
    return 'status.conditions is not a list of conditions';
  if (!isListOf(status.containerStatuses, ({ ready }) => typeof ready === 'boolean'))
    return 'status.containerStatuses is not a list of statuses with "ready"';
  return undefined;
}

function findFault(kind: Kind, object: Loose): string | undefined {
  const metadata = object.metadata as Loose;
  if (!isAbsent(metadata.namespace) && typeof metadata.namespace !== 'string')
    return 'metadata.namespace is not text';
  if (!isTextMap(metadata.labels)) return 'metadata.labels is not an object of text';
  if (kind === 'pods') return podFault({ status: object.status, metadata });
  if (!isTextMap(object.data) || !isTextMap(object.stringData))
    return 'data is not an object of text (numbers and true or false need quotes)';
  return undefined;
}

const toBase64 = (text: unknown): string => Buffer.from(text as string, 'utf8').toString('base64');

/** A Secret's `stringData` as the API server stores it: base64 in `data`. */
function mergeStringData(object: Loose): Loose {
  const { stringData, ...rest } = object;
  const texts = Object.entries((stringData ?? {}) as Loose);
  const encoded = Object.fromEntries(texts.map(([key, text]) => [key, toBase64(text)]));
  return { ...rest, data: { ...(rest.data as object | undefined), ...encoded } };
}

/**
 * Takes one object of a manifest or of the API in: checks what the core relies on, drops `metadata.managedFields`
 * (as kubectl does), and merges `stringData`. An object without a namespace is in `default`.
 */
export function takeObject(value: unknown): Intake {
  if (!isRecord(value) || typeof value.kind !== 'string')
    return { kind: 'problem', name: '', message: 'is not a Kubernetes object (it has no "kind")' };
  const kind = Object.hasOwn(KINDS, value.kind) ? KINDS[value.kind] : undefined;
  if (kind === undefined) return { kind: 'ignored' };
  if (!isRecord(value.metadata) || typeof value.metadata.name !== 'string')
    return { kind: 'problem', name: value.kind, message: 'has no metadata.name' };
  const { managedFields: _, ...metadata } = value.metadata;
  const name = value.metadata.name;
  const fault = findFault(kind, value);
  if (fault !== undefined) return { kind: 'problem', name: `${kind}/${name}`, message: fault };
  const object = { ...value, metadata };
  const compact = kind === 'secrets' ? mergeStringData(object) : object;
  const json = encoder.encode(JSON.stringify(compact));
  const namespace = (metadata as Loose).namespace;
  return {
    kind: 'taken',
    change: {
      type: 'put',
      kind,
      namespace: typeof namespace === 'string' ? namespace : 'default',
      name,
      json,
    },
  };
}
