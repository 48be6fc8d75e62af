import { type Marks, readMarks } from '../core/marks.ts';
import {
  type KeptRevision,
  packRevision,
  type Revision,
  unpackRevision,
} from '../core/revision.ts';
import { isFields } from '../core/fields.ts';

/** One object of a revision; an intent too large for one is split over several. */
export interface Part {
  readonly name: string;
  readonly hash: string;
  readonly number: number;
  readonly index: number;
  readonly count: number;
  /** A piece of the packed intent: the same whoever writes it, so that pieces of several writers fit. */
  readonly content: string;
  /** The rest of the revision, in the first part. */
  readonly about: Readonly<Record<string, unknown>>;
  /** What was noted of the revision later, in the first part. */
  readonly marks: Marks | undefined;
  readonly object: Readonly<Record<string, unknown>>;
}

export const API = 'apps/v1';
const KIND = 'ControllerRevision';
/** The API server takes objects of about 1.5 MiB (etcd's limit); what is around the text needs little. */
const MOST_TEXT = 900 * 1024;
const LABEL = 'app.kubernetes.io/managed-by';
const OWNER = 'kubernetes-haproxy';
const MARKS = 'kubernetes-haproxy/marks';
/** The number again, where it is seen without the content. */
const NUMBER = 'kubernetes-haproxy/number';
const NAME = /^intent-([0-9a-f]{20})-\d+$/;

/** What all parts, and nothing else, are found by. */
export const SELECTOR = `${LABEL}=${OWNER}`;

const nameOf = (hash: string, index: number): string =>
  `intent-${hash.slice('sha256:'.length, 'sha256:'.length + 20)}-${index}`;

/** What is known of a part without its content. */
export interface PartHead {
  readonly name: string;
  /** The beginning of the revision's hash. */
  readonly hash: string;
  readonly number: number;
  readonly marks: Marks | undefined;
  readonly object: Readonly<Record<string, unknown>>;
}

/** Reads the metadata of an object; undefined for garbage, and where an earlier version wrote it. */
export function readHead(object: unknown): PartHead | undefined {
  if (!isFields(object) || !isFields(object.metadata)) return undefined;
  const { name, annotations } = object.metadata;
  const [, digits] = NAME.exec(String(name)) ?? [];
  const text = isFields(annotations) ? annotations[NUMBER] : undefined;
  const number = typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (typeof name !== 'string' || digits === undefined || number === undefined) return undefined;
  return { name, hash: `sha256:${digits}`, number, marks: marksOf(object.metadata), object };
}

function marksOf(metadata: Readonly<Record<string, unknown>>): Marks | undefined {
  const { annotations } = metadata;
  const text = isFields(annotations) ? annotations[MARKS] : undefined;
  try {
    return typeof text === 'string' ? readMarks(JSON.parse(text)) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an object; undefined for garbage, whoever wrote it. */
export function readPart(object: unknown): Part | undefined {
  if (!isFields(object) || !isFields(object.metadata) || !isFields(object.data)) return undefined;
  const { hash, index, count, content, about } = object.data;
  const { name } = object.metadata;
  const number = object.revision;
  if (typeof name !== 'string' || typeof hash !== 'string' || typeof content !== 'string')
    return undefined;
  if (typeof index !== 'number' || typeof count !== 'number' || typeof number !== 'number')
    return undefined;
  const [rest, marks] = [isFields(about) ? about : {}, marksOf(object.metadata)];
  return { name, hash, number, index, count, content, about: rest, marks, object };
}

/** The revision that these are all parts of. */
export function readRevision(parts: readonly Part[]): KeptRevision | undefined {
  const sorted = [...parts].sort((a, b) => a.index - b.index);
  const [first] = sorted;
  if (!first || sorted.length !== first.count) return undefined;
  const content = sorted.map((part) => part.content).join('');
  const revision = unpackRevision({ ...first.about, hash: first.hash, content });
  const number = Math.max(...sorted.map((part) => part.number));
  return revision && { ...revision, number, ...(first.marks && { marks: first.marks }) };
}

export function byHash<P extends PartHead>(parts: readonly P[]): ReadonlyMap<string, readonly P[]> {
  const groups = new Map<string, P[]>();
  for (const part of parts) groups.set(part.hash, [...(groups.get(part.hash) ?? []), part]);
  return groups;
}

export interface Kept {
  readonly namespace: string;
  readonly number: number;
  readonly marks?: Marks | undefined;
}

/** The objects that a revision is to be kept in. */
export function toObjects(
  revision: Revision,
  { namespace, number, marks }: Kept,
): readonly object[] {
  const { hash, content, ...about } = packRevision(revision);
  const count = Math.ceil(content.length / MOST_TEXT);
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: API,
    kind: KIND,
    metadata: {
      ...{ name: nameOf(hash, index), namespace, labels: { [LABEL]: OWNER } },
      annotations: {
        [NUMBER]: `${number}`,
        ...(index === 0 && marks && { [MARKS]: JSON.stringify(marks) }),
      },
    },
    revision: number,
    data: {
      ...{ hash, index, count },
      content: content.slice(index * MOST_TEXT, (index + 1) * MOST_TEXT),
      ...(index === 0 && { about }),
    },
  }));
}

/** A part under a higher number; its data stays, as Kubernetes wants it of a ControllerRevision. */
export const renumbered = ({ object }: Part, number: number): object => ({
  ...{ apiVersion: API, kind: KIND },
  ...annotated(object, { [NUMBER]: `${number}` }),
  revision: number,
});

function annotated(object: Part['object'], more: Readonly<Record<string, string>>): object {
  const metadata = isFields(object.metadata) ? object.metadata : {};
  const { annotations } = metadata;
  const all = { ...(isFields(annotations) && annotations), ...more };
  return { ...object, metadata: { ...metadata, annotations: all } };
}

/** A first part with more noted; the rest stays. */
export function marked({ object, marks: before }: Part, marks: Marks): object {
  const text = JSON.stringify({ ...before, ...marks });
  return { apiVersion: API, kind: KIND, ...annotated(object, { [MARKS]: text }) };
}
