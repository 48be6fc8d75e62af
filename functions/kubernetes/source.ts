import { once } from 'node:events';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { Intent } from '../core/intent.ts';
import type { Feed, Input } from '../core/inputs/input.ts';
import { INPUTS_KEY, readInputs } from '../core/inputs/read-inputs.ts';
import { type Change, readData } from '../core/objects.ts';
import type { Delivery, Source } from '../core/source.ts';
import type { Position } from '../wire/as-of.ts';
import type { Log } from '../wire/log.ts';
import { createApiClient } from './client.ts';
import { type Collection, nameCollection } from './collection.ts';
import type { Credentials } from './credentials.ts';
import { Feeds } from './feeds.ts';
import { HeldMap, type Told } from './held-map.ts';
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

const NONE: NamedNamespaces = { possible: [], impossible: [], diagnostics: [] };

function configurationOf(namespace: string): readonly Collection[] {
  const maps = ['services', 'certificates', 'config'];
  return [
    ...maps.map((name): Collection => ({ kind: 'configmaps', namespace, name })),
    { kind: 'secrets', namespace, name: 'keys' },
  ];
}

const isMap = ({ kind, name }: Collection, wanted: string): boolean =>
  kind === 'configmaps' && name === wanted;

/** The inputs that ConfigMap `config` names; what is wrong with it is the core's to tell. */
const inputsIn = (data: Readonly<Record<string, string>> | undefined): readonly Input[] =>
  data && Object.hasOwn(data, INPUTS_KEY)
    ? readInputs({ object: '', text: data[INPUTS_KEY] ?? '' }).inputs
    : [];

/**
 * Kubernetes as a source: the four objects of the configuration, each by its name, the pods of the namespaces that the
 * services name, and the objects that inputs name.
 *
 * A service that moves to a namespace whose pods were not read yet would lose all its servers for a moment: such a
 * change is handed on with those pods, or after `holdMs` without them. The same goes for inputs.
 */
export function kubernetesSource(options: KubernetesSourceOptions): Source {
  const { credentials, namespace, isClusterWide = false, log } = options;
  const timing: Timing = { ...TIMING, ...options.timing };
  const { holdMs } = timing;
  const configuration = configurationOf(namespace);
  const rollout: Collection = { kind: 'configmaps', namespace, name: 'rollout' };
  const services = nameCollection({ kind: 'configmaps', namespace, name: 'services' });
  const positions = new Map<string, Position>();
  const staleSince = new Map<string, number>();
  /** Of the intents that are served now. */
  let retained: { namespaces: readonly string[]; inputs: readonly Input[] } = {
    namespaces: [],
    inputs: [],
  };
  let isSynced = false;
  let deliver: (delivery: Delivery) => void = () => undefined;
  const client = createApiClient(credentials);
  const reflectors = new Reflectors({ client, timing, onUpdate: take, onStale: note });
  const feeds = new Feeds({ client, timing, reflectors, onChange: takeFeed });
  const namespaces = new HeldMap<NamedNamespaces>({
    nothing: NONE,
    read: readNamespaces,
    start: ({ possible }) => startPods(possible),
    hasSettled: ({ possible }) => possible.every((name) => reflectors.hasSettled(podsOf(name))),
    holdMs,
    onRelease: (told) => release(services, told),
  });
  const inputs = new HeldMap<readonly Input[]>({
    nothing: [],
    read: (change) => inputsIn(change.type === 'put' ? readData(change.json) : undefined),
    start: (named) => feeds.start(named),
    hasSettled: (named) => feeds.hasSettled(named),
    holdMs,
    onRelease: (told) =>
      release(nameCollection({ kind: 'configmaps', namespace, name: 'config' }), told),
  });

  function podsOf(name: string): Collection {
    return isClusterWide ? { kind: 'pods' } : { kind: 'pods', namespace: name };
  }

  function startPods(names: readonly string[]): void {
    for (const name of names) reflectors.start(podsOf(name));
  }

  function hasSettled(): boolean {
    return (
      configuration.every((collection) => reflectors.hasRead(collection)) &&
      reflectors.hasSettled(rollout) &&
      namespaces.named.possible.every((name) => reflectors.hasSettled(podsOf(name))) &&
      feeds.hasSettled([...inputs.named, ...retained.inputs])
    );
  }

  function send(changes: readonly Change[]): void {
    isSynced ||= hasSettled();
    const { possible, impossible } = namespaces.named;
    const unread = possible.filter((name) => !reflectors.hasRead(podsOf(name)));
    deliver({
      changes,
      asOf: Object.fromEntries([...positions].sort(([a], [b]) => (a < b ? -1 : 1))),
      isSynced,
      unread: [...unread, ...impossible].sort(),
      feeds: feeds.states(),
    });
  }

  function release(name: string, { changes, position }: Told<unknown>): void {
    if (position) positions.set(name, position);
    send([...changes, ...stopUnneeded()]);
  }

  function releaseSettled(): void {
    namespaces.releaseSettled(!isSynced);
    inputs.releaseSettled(!isSynced);
  }

  /** Gives the changes that remove what nobody needs any more, but for what is held. */
  function stopUnneeded(): readonly Change[] {
    const { named, next } = inputs;
    const removed = [...feeds.follow([...named, ...(next ?? []), ...retained.inputs])];
    const names = [
      ...namespaces.named.possible,
      ...(namespaces.next?.possible ?? []),
      ...retained.namespaces,
    ];
    const pods = isClusterWide ? [{ kind: 'pods' } as const] : names.map(podsOf);
    const needed = new Set([...configuration, rollout, ...pods].map(nameCollection));
    for (const collection of reflectors.collections()) {
      if (collection.feed || needed.has(nameCollection(collection))) continue;
      removed.push(...reflectors.stop(collection));
    }
    forgetUnfollowed();
    return removed;
  }

  function forgetUnfollowed(): void {
    const followed = new Set(reflectors.collections().map(nameCollection));
    for (const name of positions.keys()) {
      if (followed.has(name)) continue;
      positions.delete(name);
      staleSince.delete(name);
    }
  }

  function retain(intents: readonly Intent[]): void {
    retained = {
      namespaces: intents.flatMap((intent) => namedBy(intent.services ?? {}, services).possible),
      inputs: intents.flatMap(({ config }) => inputsIn(config)),
    };
    startPods(retained.namespaces);
    feeds.start(retained.inputs);
    const removed = stopUnneeded();
    if (removed.length > 0) send(removed);
  }

  function take(update: {
    readonly collection: Collection;
    readonly changes: readonly Change[];
    readonly position: Position | undefined;
  }): void {
    const { collection, changes, position } = update;
    if (isMap(collection, 'services')) namespaces.take(changes, position);
    else if (isMap(collection, 'config')) inputs.take(changes, position);
    else {
      if (position) positions.set(nameCollection(collection), position);
      send(changes);
    }
    releaseSettled();
  }

  function noteStaleness(name: string, stale: Diagnostic | undefined): void {
    if (stale) {
      if (!staleSince.has(name)) staleSince.set(name, timing.now());
      const { code, message, hint } = stale;
      log.warn('collection is stale', { collection: name, code, reason: message, hint });
      return;
    }
    const since = staleSince.get(name);
    if (since === undefined) return;
    staleSince.delete(name);
    log.info('collection is current again', {
      collection: name,
      staleMs: timing.now() - since,
    });
  }

  function note(collection: Collection, stale: Diagnostic | undefined): void {
    noteStaleness(nameCollection(collection), stale);
    if (!stale) return;
    if (collection.feed && stale.code === 'kubernetes-missing') feeds.doubt(collection.feed);
    releaseSettled();
    send([]);
  }

  function takeFeed({ id }: Feed, changes: readonly Change[], stale: Diagnostic | undefined): void {
    noteStaleness(id, stale);
    forgetUnfollowed();
    send(changes);
    releaseSettled();
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
        namespaces.stop();
        inputs.stop();
        deliver = () => undefined;
        feeds.stopAll();
        await reflectors.stopAll();
        await client.close();
      }
    },
    status: () =>
      [...reflectors.status(), ...feeds.status()].sort((a, b) =>
        a.collection < b.collection ? -1 : 1,
      ),
    retain,
    diagnostics: () => namespaces.named.diagnostics,
  };
}
