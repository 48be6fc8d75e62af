import { materialise } from './materialise.ts';
import { phaseOf } from './pods.ts';
import { type JsonObject, outline, parseJson } from '../template/json/index.ts';

/** What of a pod decides whether it is a server, and of which services. */
export interface PodFacts {
  /** Whether it takes new connections: ready, with an address, not terminating. */
  readonly isReady: boolean;
  readonly ip: string | undefined;
  /** Its labels as JSON: equal texts are equal labels. */
  readonly labels: string;
  /** Its resourceVersion; undefined where it has none. */
  readonly version: string | undefined;
}

const decoder = new TextDecoder();

const read = (text: string | undefined): unknown =>
  text === undefined ? undefined : parseJson(text);
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const outlined = (text: string | undefined): ReadonlyMap<string, string> =>
  outline(text?.startsWith('{') ? text : '{}');

/** Reads no more of a pod than that: its `spec`, by far the largest part, is passed over. */
export function readPodFacts(json: Uint8Array): PodFacts {
  const parts = outline(decoder.decode(json));
  const metadata = outlined(parts.get('metadata'));
  const status = outlined(parts.get('status'));
  const members = (of: ReadonlyMap<string, string>, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, read(of.get(name))]));
  const found = members(status, ['podIP', 'conditions', 'containerStatuses']);
  return {
    isReady: phaseOf(members(metadata, ['deletionTimestamp']), found) === 'ready',
    ip: textOf(found.podIP),
    labels: metadata.get('labels') ?? '{}',
    version: textOf(read(metadata.get('resourceVersion'))),
  };
}

/** Labels as selectors compare them; undefined where they are no object. */
export const readLabels = (labels: string): JsonObject | undefined =>
  (materialise(labels) ?? undefined) as JsonObject | undefined;
