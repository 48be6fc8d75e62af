import { apiVersionOf, kindOf } from './resources.ts';

/** An object as the API server keeps it. */
export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface StoreEvent {
  readonly version: number;
  readonly resource: string;
  readonly object: StoredObject;
  /** The object before; absent where it is new. */
  readonly previous?: StoredObject;
  readonly isDeletion: boolean;
}

/** What a test hands in: the rest is filled as an API server would. */
export interface NewObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

const MANAGED = [
  { manager: 'kubelet', operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:status': {} } },
];

/** Objects with one resourceVersion for all of them, as etcd has, and the history of changes since the last compaction. */
export class Store {
  #version: number;
  #compacted: number;
  #uids = 0;
  readonly #objects = new Map<string, Map<string, StoredObject>>();
  #history: StoreEvent[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #historyLimit: number;

  constructor(options: { firstVersion: number; historyLimit: number }) {
    this.#version = options.firstVersion;
    this.#compacted = options.firstVersion;
    this.#historyLimit = options.historyLimit;
  }

  get version(): number {
    return this.#version;
  }

  /** Watches from before this version are answered 410. */
  get compacted(): number {
    return this.#compacted;
  }

  put(resource: string, given: NewObject): StoredObject {
    const { namespace, name } = given.metadata;
    const all = this.#resource(resource);
    const previous = all.get(`${namespace}/${name}`);
    const version = ++this.#version;
    const uid =
      previous?.metadata.uid ?? `00000000-0000-4000-8000-${String(++this.#uids).padStart(12, '0')}`;
    const object: StoredObject = {
      kind: kindOf(resource),
      apiVersion: apiVersionOf(resource),
      ...given,
      metadata: {
        uid,
        managedFields: MANAGED,
        ...given.metadata,
        resourceVersion: String(version),
      },
    };
    all.set(`${namespace}/${name}`, object);
    const event = { version, resource, object, isDeletion: false };
    this.#record(previous ? { ...event, previous } : event);
    return object;
  }

  delete(resource: string, namespace: string, name: string): void {
    const previous = this.#resource(resource).get(`${namespace}/${name}`);
    if (!previous) throw new Error(`there is no ${resource}/${namespace}/${name}`);
    this.#resource(resource).delete(`${namespace}/${name}`);
    const version = ++this.#version;
    const metadata = { ...previous.metadata, resourceVersion: String(version) };
    this.#record({
      version,
      resource,
      object: { ...previous, metadata },
      previous,
      isDeletion: true,
    });
  }

  deleteNamespace(namespace: string): void {
    for (const resource of this.#objects.keys())
      for (const { metadata } of this.list(resource, namespace))
        this.delete(resource, namespace, metadata.name);
  }

  deleteAll(resource: string): void {
    for (const { metadata } of this.list(resource))
      this.delete(resource, metadata.namespace, metadata.name);
  }

  /** A change of something that nobody watches. */
  tick(): void {
    this.#version++;
  }

  compact(): void {
    this.#compacted = this.#version;
    this.#history = [];
  }

  /** An etcd restored from a backup: objects stay, versions go back. */
  rewind(version: number): void {
    this.#version = version;
    this.#compacted = version;
    this.#history = [];
  }

  get(resource: string, namespace: string, name: string): StoredObject | undefined {
    return this.#resource(resource).get(`${namespace}/${name}`);
  }

  /** In the order of etcd's keys. */
  list(resource: string, namespace?: string): StoredObject[] {
    const found = [...this.#resource(resource).values()];
    return found
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  /** Changes after a version, oldest first. */
  since(version: number): StoreEvent[] {
    let from = this.#history.length;
    while (from > 0 && (this.#history[from - 1]?.version ?? 0) > version) from--;
    return this.#history.slice(from);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #resource(resource: string): Map<string, StoredObject> {
    const known = this.#objects.get(resource) ?? new Map<string, StoredObject>();
    this.#objects.set(resource, known);
    return known;
  }

  #record(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length > this.#historyLimit) {
      this.#history = this.#history.slice(this.#historyLimit / 2);
      this.#compacted = (this.#history[0] as StoreEvent).version;
    }
    for (const listener of this.#listeners) listener();
  }
}

const keyOf = ({ metadata }: StoredObject): string => `${metadata.namespace}/${metadata.name}`;
