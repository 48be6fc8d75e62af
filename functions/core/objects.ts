import type { FeedId } from './inputs/input.ts';
import { entriesOf, isJsonObject, memberOf, parseJson } from '../template/json/index.ts';

/** The kinds of objects that a snapshot is made of, by their names in the Kubernetes API; and those of inputs. */
export type Kind = 'configmaps' | 'secrets' | 'pods' | FeedId;

export interface ObjectKey {
  readonly kind: Kind;
  /** Empty for an object of an input that is in none. */
  readonly namespace: string;
  readonly name: string;
}

export interface Deletion {
  readonly type: 'delete';
  /** Of the change itself, where the API server tells it. */
  readonly version?: string;
}

/**
 * One change of the observed objects. `json` is the object as the API server shows it, as UTF-8 JSON, without
 * `metadata.managedFields` and with a Secret's `stringData` already merged into `data`: bytes, so that a process that
 * only passes objects on need not parse them.
 */
export type Change = ObjectKey & ({ readonly type: 'put'; readonly json: Uint8Array } | Deletion);

/** `configmaps/lb/services`: how an object is named in diagnostics, logs and maps. */
export function formatKey({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}

const decoder = new TextDecoder();

/** A ConfigMap or a Secret, as far as anybody asks. */
export interface MapContent {
  /** Frozen. */
  readonly data: Readonly<Record<string, string>>;
  /** The keys of `binaryData`, where nobody reads them. */
  readonly binaryKeys: readonly string[];
  readonly resourceVersion?: unknown;
  readonly uid?: unknown;
}

export function readContent(json: Uint8Array): MapContent {
  const object = parseJson(decoder.decode(json));
  const [data, binary, metadata] = ['data', 'binaryData', 'metadata'].map((name) =>
    memberOf(object, name),
  );
  const own = data instanceof Map ? Object.fromEntries(data) : isJsonObject(data) ? data : {};
  return {
    data: Object.freeze(own) as MapContent['data'],
    binaryKeys: isJsonObject(binary) ? entriesOf(binary).map(([key]) => key) : [],
    resourceVersion: memberOf(metadata, 'resourceVersion'),
    uid: memberOf(metadata, 'uid'),
  };
}

/** `data` of a ConfigMap or a Secret, frozen. */
export function readData(json: Uint8Array): MapContent['data'] {
  return readContent(json).data;
}
