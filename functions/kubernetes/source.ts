import { once } from 'node:events';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { Change } from '../core/objects.ts';
import type { Delivery, Source } from '../source.ts';
import type { Position } from '../wire/as-of.ts';
import type { Log } from '../wire/log.ts';
import { createApiClient } from './client.ts';
import { type Collection, nameCollection } from './collection.ts';
import type { Credentials } from './credentials.ts';
import { type NamedNamespaces, namedBy, readNamespaces } from './namespaces.ts';
import { Reflectors } from './reflectors.ts';
import { TIMING, type Timing } from './timing.ts';

export interface KubernetesSourceOptions {
  readonly credentials: Credentials;
  /** Where the four objects of the configuration are. */
  readonly namespace: string;
  /** One watch of the pods of all namespaces, instead of one a namespace that the services name. */
  readonly isClusterWide?: boolean;
  readonly log: Log;
  readonly timing?: Partial<Timing>;
}

/** A change of ConfigMap `services` that waits for the pods of the namespaces that it is the first to name. */
interface Held {
  readonly changes: readonly Change[];
  readonly position: Position | undefined;
  readonly named: NamedNamespaces;
}

const NONE: NamedNamespaces = { possible: [], impossible: [], diagnostics: [] };

function configurationOf(namespace: string): readonly Collection[] {
  const maps = ['services', 'certificates', 'config'];
  return [
    ...maps.map((name): Collection => ({ kind: 'configmaps', namespace, name })),
    { kind: 'secrets', namespace, name: 'keys' },
  ];
}

const isServices = ({ kind, name }: Collection): boolean =>
  kind === 'configmaps' && name === 'services';

/**
 * Kubernetes as a source: the four objects of the configuration, each by its name, and the pods of the namespaces that
 * the services name.
 *
 * A service that moves to a namespace whose pods were not read yet would lose all its servers for a moment: such a
 * change is handed on with those pods, or after `holdMs` without them.
 */
export function kubernetesSource(options: KubernetesSourceOptions): Source {
  const { credentials, namespace, isClusterWide = false, log } = options;
  const timing: Timing = { ...TIMING, ...options.timing };
  const configuration = configurationOf(namespace);
  const rollout: Collection = { kind: 'configmaps', namespace, name: 'rollout' };
  const services = nameCollection({ kind: 'configmaps', namespace, name: 'services' });
  const positions = new Map<string, Position>();
  const staleSince = new Map<string, number>();
  let named = NONE;
  /** Namespaces of the services that are served now. */
  let retained: readonly string[] = [];
  let held: Held | undefined;
  let holdTimer: NodeJS.Timeout | undefined;
  let isSynced = false;
  let deliver: (delivery: Delivery) => void = () => undefined;
  const client = createApiClient(credentials);
  const reflectors = new Reflectors({ client, timing, onUpdate: take, onStale: note });

  const podsOf = (name: string): Collection =>
    isClusterWide ? { kind: 'pods' } : { kind: 'pods', namespace: name };

  function send(changes: readonly Change[]): void {
    isSynced ||=
      configuration.every((collection) => reflectors.hasRead(collection)) &&
      reflectors.hasSettled(rollout) &&
      named.possible.every((name) => reflectors.hasSettled(podsOf(name)));
    const unread = named.possible.filter((name) => !reflectors.hasRead(podsOf(name)));
    deliver({
      changes,
      asOf: Object.fromEntries([...positions].sort(([a], [b]) => (a < b ? -1 : 1))),
      isSynced,
      unread: [...unread, ...named.impossible].sort(),
    });
  }

  function release({ changes, position, named: next }: Held): void {
    clearTimeout(holdTimer);
    holdTimer = undefined;
    held = undefined;
    named = next;
    if (position) positions.set(services, position);
    send([...changes, ...stopUnneeded()]);
  }

  /** Gives the changes that remove what nobody needs any more. */
  function stopUnneeded(): readonly Change[] {
    const namespaces = [...named.possible, ...retained];
    const needed = new Set(
      [...configuration, rollout, ...namespaces.map(podsOf)].map(nameCollection),
    );
    const removed: Change[] = [];
    for (const collection of isClusterWide ? [] : reflectors.collections()) {
      if (needed.has(nameCollection(collection))) continue;
      removed.push(...reflectors.stop(collection));
      positions.delete(nameCollection(collection));
      staleSince.delete(nameCollection(collection));
    }
    return removed;
  }

  function retain(data: Readonly<Record<string, string>>): void {
    retained = namedBy(data, services).possible;
    for (const name of retained) reflectors.start(podsOf(name));
    // What is in hold has named namespaces of its own, which are needed as soon as it is released.
    const removed = held ? [] : stopUnneeded();
    if (removed.length > 0) send(removed);
  }

  function releaseSettled(): void {
    if (!held) return;
    const isReady = held.named.possible.every((name) => reflectors.hasSettled(podsOf(name)));
    if (isReady || !isSynced) release(held);
  }

  function takeServices(changes: readonly Change[], position: Position | undefined): void {
    const last = changes.at(-1);
    const next = last ? readNamespaces(last) : (held?.named ?? named);
    held = { changes: [...(held?.changes ?? []), ...changes], position, named: next };
    for (const name of next.possible) reflectors.start(podsOf(name));
    holdTimer ??= setTimeout(() => held && release(held), timing.holdMs);
    releaseSettled();
  }

  function take(update: {
    readonly collection: Collection;
    readonly changes: readonly Change[];
    readonly position: Position | undefined;
  }): void {
    const { collection, changes, position } = update;
    if (isServices(collection)) {
      takeServices(changes, position);
      return;
    }
    if (position) positions.set(nameCollection(collection), position);
    send(changes);
    releaseSettled();
  }

  function note(collection: Collection, stale: Diagnostic | undefined): void {
    const name = nameCollection(collection);
    if (stale) {
      if (!staleSince.has(name)) staleSince.set(name, timing.now());
      const { code, message, hint } = stale;
      log.warn('a collection is not current', { collection: name, code, reason: message, hint });
      releaseSettled();
      send([]);
      return;
    }
    const staleMs = timing.now() - (staleSince.get(name) ?? timing.now());
    staleSince.delete(name);
    log.info('a collection is current again', { collection: name, staleMs });
  }

  return {
    describes: `${credentials.describes}, namespace ${namespace}`,
    async run(receive, signal) {
      deliver = receive;
      for (const collection of [...configuration, rollout]) reflectors.start(collection);
      if (isClusterWide) reflectors.start({ kind: 'pods' });
      try {
        if (!signal.aborted) await Promise.race([once(signal, 'abort'), reflectors.failure]);
      } finally {
        clearTimeout(holdTimer);
        deliver = () => undefined;
        await reflectors.stopAll();
        await client.close();
      }
    },
    status: () => reflectors.status(),
    retain,
    diagnostics: () => named.diagnostics,
  };
}
