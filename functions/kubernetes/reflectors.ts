import type { Diagnostic } from '../core/diagnostics.ts';
import type { Change } from '../core/objects.ts';
import type { CollectionStatus } from '../core/source.ts';
import type { Position } from '../wire/as-of.ts';
import type { ApiClient } from './client.ts';
import { type Collection, nameCollection } from './collection.ts';
import { Contact } from './contact.ts';
import { createReflector, type Reflector } from './reflector.ts';
import type { Timing } from './timing.ts';

export interface ReflectorsOptions {
  readonly client: ApiClient;
  readonly timing: Timing;
  readonly onUpdate: (update: {
    readonly collection: Collection;
    readonly changes: readonly Change[];
    readonly position: Position | undefined;
  }) => void;
  readonly onStale: (collection: Collection, stale: Diagnostic | undefined) => void;
}

interface Member {
  readonly reflector: Reflector;
  readonly controller: AbortController;
  readonly end: Promise<void>;
}

/** The reflectors that run, one a collection, started and stopped as what is needed changes. */
export class Reflectors {
  readonly #options: ReflectorsOptions;
  readonly #members = new Map<string, Member>();
  readonly #streaming = {};
  readonly #contact: Contact;
  #fail: (error: unknown) => void = () => undefined;
  /** Rejects where a reflector ends by an error that is none of the API server's. */
  readonly failure: Promise<never>;

  constructor(options: ReflectorsOptions) {
    this.#options = options;
    this.#contact = new Contact(options.timing);
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failure.catch(() => undefined);
  }

  start(collection: Collection): void {
    const { client, timing, onUpdate, onStale } = this.#options;
    const name = nameCollection(collection);
    if (this.#members.has(name)) return;
    const controller = new AbortController();
    const isActive = () => !controller.signal.aborted;
    const reflector = createReflector({
      collection,
      client,
      timing,
      streaming: this.#streaming,
      contact: this.#contact,
      onUpdate: (changes, position) => {
        if (isActive()) onUpdate({ collection, changes, position });
      },
      onStale: (stale) => {
        if (isActive()) onStale(collection, stale);
      },
    });
    const end = reflector.run(controller.signal).catch(this.#fail);
    this.#members.set(name, { reflector, controller, end });
  }

  /** Stops following a collection; gives the changes that remove all of it. */
  stop(collection: Collection): readonly Change[] {
    const name = nameCollection(collection);
    const member = this.#members.get(name);
    if (!member) return [];
    this.#members.delete(name);
    member.controller.abort();
    return member.reflector.clear();
  }

  async stopAll(): Promise<void> {
    const members = [...this.#members.values()];
    for (const { controller } of members) controller.abort();
    this.#contact.close();
    await Promise.all(members.map(({ end }) => end));
  }

  collections(): readonly Collection[] {
    return [...this.#members.values()].map(({ reflector }) => reflector.collection);
  }

  /** But of the feeds of inputs; sorted by the collections' names. */
  status(): readonly CollectionStatus[] {
    return [...this.#members.values()]
      .filter(({ reflector }) => !reflector.collection.feed)
      .map(({ reflector }) => reflector.status())
      .sort((a, b) => (a.collection < b.collection ? -1 : 1));
  }

  /** Whether a collection was read whole. */
  hasRead(collection: Collection): boolean {
    return this.statusOf(collection)?.isSynced === true;
  }

  /** Whether there is nothing to wait for: it was read, or may not be. */
  hasSettled(collection: Collection): boolean {
    const status = this.statusOf(collection);
    return status?.isSynced === true || status?.stale?.code === 'kubernetes-forbidden';
  }

  /** Whether the API says that there is no such collection. */
  isMissing(collection: Collection): boolean {
    return this.statusOf(collection)?.stale?.code === 'kubernetes-missing';
  }

  statusOf(collection: Collection): CollectionStatus | undefined {
    return this.#members.get(nameCollection(collection))?.reflector.status();
  }
}
