import { createHash } from 'node:crypto';
import type { FieldPath } from '../../template/values/inputs/field-path.ts';
import type { LabelSelector } from './label-selector.ts';

/**
 * `inputs.node.1a2b3c4d`: the kind of the changes that tell of a feed's objects; `intents.…` where people write these,
 * so that a change of them is checked before it counts.
 */
export type FeedId = `inputs.${string}` | IntentFeedId;
export type IntentFeedId = `intents.${string}`;

/** `read`: all its objects are known. `absent`: the API has no such kind. By the feeds' ids. */
export type FeedStates = Readonly<Record<string, 'read' | 'absent'>>;

/**
 * What a change of an object is: of endpoints it is true and flows at once; of intent it may be wrong, and is checked
 * before it counts.
 */
export type Flow = 'endpoints' | 'intent';

/** Which objects of the API are read, and what is kept of each. */
export interface Feed {
  readonly id: FeedId;
  readonly apiVersion: string;
  readonly kind: string;
  /** Sorted; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** Sorted; undefined: any. */
  readonly names: readonly string[] | undefined;
  readonly labels: LabelSelector | undefined;
  /** Whether its objects are endpoints, which flow at once, or intent. */
  readonly as: Flow;
  /** Undefined: the whole object. */
  readonly fields: readonly FieldPath[] | undefined;
}

/** An entry of `inputs.yaml`: objects that templates see as `inputs.NAME`. */
export interface Input {
  readonly name: string;
  readonly feed: Feed;
  /** Whether a kind that does not exist is as good as no objects. */
  readonly isOptional: boolean;
  /** Whether the status of its objects is written, where the service is to write any. */
  readonly writesStatus: boolean;
}

const sorted = (texts: readonly string[] | undefined): readonly string[] | undefined =>
  texts && [...new Set(texts)].sort();

/** The feed of these objects: two that mean the same are one, by its `id`. */
export function feedOf(wanted: Omit<Feed, 'id'>): Feed {
  const { apiVersion, kind, labels } = wanted;
  const namespaces = sorted(wanted.namespaces);
  const names = sorted(wanted.names);
  const fields = wanted.fields?.map((path) => JSON.stringify(path)).sort();
  const canonical = JSON.stringify([apiVersion, kind, namespaces, names, labels?.text, fields]);
  const digest = createHash('sha256').update(canonical).digest('hex').slice(0, 8);
  const { group } = splitApiVersion(apiVersion);
  const title = [kind.toLowerCase(), ...(group === '' ? [] : [group])].join('.');
  const prefix = wanted.as === 'intent' ? 'intents' : 'inputs';
  return { ...wanted, namespaces, names, id: `${prefix}.${title}.${digest}` };
}

export function splitApiVersion(apiVersion: string): {
  readonly group: string;
  readonly version: string;
} {
  const at = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(at, 0)), version: apiVersion.slice(at + 1) };
}

export const isIntentFeed = (kind: string): kind is IntentFeedId => kind.startsWith('intents.');

export const isFeedId = (kind: string): kind is FeedId =>
  kind.startsWith('inputs.') || isIntentFeed(kind);

/** `ingress.networking.k8s.io`: the kind that a feed is of, whatever it keeps of its objects. */
export const kindOfFeed = (id: FeedId): string => id.replace(/^[a-z]+\.|\.[0-9a-f]{8}$/g, '');

/** The kinds of which it is known that their objects are in no namespace. */
const CLUSTER_KINDS: ReadonlySet<string> = new Set([
  'v1 Namespace',
  'v1 Node',
  'v1 PersistentVolume',
  'apiextensions.k8s.io/v1 CustomResourceDefinition',
  'gateway.networking.k8s.io/v1 GatewayClass',
  'networking.k8s.io/v1 IngressClass',
  'storage.k8s.io/v1 StorageClass',
]);

export const isClusterKind = ({ apiVersion, kind }: Pick<Feed, 'apiVersion' | 'kind'>): boolean =>
  CLUSTER_KINDS.has(`${apiVersion} ${kind}`);
