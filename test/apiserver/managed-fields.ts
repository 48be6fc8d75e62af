import { isDeepStrictEqual } from 'node:util';
import { apiVersionOf } from './resources.ts';

/** `metav1.ManagedFieldsEntry`: who has set which fields. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1: Tree;
  readonly subresource?: string;
}

/** `{"f:data": {".": {}, "f:key": {}}}`: the map is set, and a key in it. */
interface Tree {
  readonly [field: string]: Tree;
}

/** Values by their path, maps themselves among them. */
type Leaves = ReadonlyMap<string, unknown>;

/** Names may contain any character but this one. */
const SLASH = '\0';

/** Fields that are set as a whole, whatever is in them. */
const ATOMIC: ReadonlySet<string> = new Set(['controllerrevisions/f:data']);

type Fields = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function leavesOf(resource: string, object: Fields | undefined): Leaves {
  const leaves = new Map<string, unknown>();
  const walk = (path: string, value: unknown) => {
    const isWhole = !isMap(value) || ATOMIC.has(`${resource}/${path}`);
    leaves.set(path, isWhole ? value : 'map');
    if (isWhole) return;
    for (const [name, inner] of Object.entries(value)) walk(`${path}${SLASH}f:${name}`, inner);
  };
  const { kind: _, apiVersion: __, metadata, ...rest } = object ?? {};
  const { labels, annotations } = (metadata ?? {}) as Fields;
  const described = {
    ...rest,
    'metadata\0f:labels': labels,
    'metadata\0f:annotations': annotations,
  };
  for (const [name, value] of Object.entries(described))
    if (value !== undefined) walk(`f:${name}`, value);
  return leaves;
}

function pathsOf(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([name, inner]) => {
    if (name === '.') return [];
    const path = `${prefix}${name}`;
    const isSet = '.' in inner || Object.keys(inner).length === 0;
    return [...(isSet ? [path] : []), ...pathsOf(inner, `${path}${SLASH}`)];
  });
}

function treeOf(paths: readonly string[]): Tree {
  interface Growing {
    [field: string]: Growing;
  }
  const root: Growing = {};
  for (const path of [...paths].sort()) {
    let node = root;
    for (const name of path.split(SLASH)) {
      node[name] ??= {};
      node = node[name];
    }
    if (paths.some((other) => other.startsWith(`${path}${SLASH}`))) node['.'] = {};
  }
  return root;
}

export interface Write {
  readonly resource: string;
  readonly manager: string;
  readonly subresource?: string;
  readonly before?: Fields;
  readonly after: Fields;
  readonly time: string;
}

const managedOf = (object: Fields | undefined): readonly ManagedFields[] =>
  ((object?.metadata as Fields | undefined)?.managedFields ?? []) as readonly ManagedFields[];

/**
 * Who manages which fields after a write. As in the API server, a value belongs to who set it last; who only removes
 * leaves no trace; and an object that was made without any field is never tracked.
 */
export function manage(write: Write): readonly ManagedFields[] {
  const { resource, manager, subresource, before, after, time } = write;
  const known = managedOf(before);
  if (before !== undefined && known.length === 0) return [];
  const [old, now] = [leavesOf(resource, before), leavesOf(resource, after)];
  const changed = [...now.keys()].filter(
    (path) => !old.has(path) || !isDeepStrictEqual(old.get(path), now.get(path)),
  );
  const isOwn = (entry: ManagedFields) =>
    entry.manager === manager && entry.subresource === subresource;
  const kept = known.map((entry) => {
    const paths = pathsOf(entry.fieldsV1).filter((path) => old.has(path) === now.has(path));
    return { entry, paths: isOwn(entry) ? paths : paths.filter((path) => !changed.includes(path)) };
  });
  const own = kept.find(({ entry }) => isOwn(entry));
  const next = kept.filter((each) => each !== own || changed.length === 0);
  const entry: Omit<ManagedFields, 'fieldsV1'> = {
    manager,
    operation: 'Update',
    apiVersion: apiVersionOf(resource),
    time,
    fieldsType: 'FieldsV1',
    ...(subresource === undefined ? {} : { subresource }),
  };
  const paths = [...new Set([...(own?.paths ?? []), ...changed])];
  return [...next, ...(changed.length > 0 ? [{ entry, paths }] : [])]
    .filter((each) => each.paths.length > 0)
    .map((each) => ({ ...each.entry, fieldsV1: treeOf(each.paths) }))
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

const orderOf = ({ time = '', manager }: Omit<ManagedFields, 'fieldsV1'>): string =>
  `${time} ${manager}`;
