import { createInventory } from '../../core/inventory.ts';
import { certificateOf, isSecretFeed } from '../../core/inputs/secret.ts';
import { type FeedStates, isIntentFeed } from '../../core/inputs/input.ts';
import type { Intent } from '../../core/intent.ts';
import { type Change, formatKey, readData } from '../../core/objects.ts';
import { unpackChange } from '../../core/packing.ts';
import { createRenderEngine, type RenderSettings, type RenderVariant } from '../../core/render.ts';
import { objectChanges, objectsOf } from '../../core/intent-objects.ts';
import type { Source } from '../../core/source.ts';
import { RolloutError } from './named.ts';

/** The state of today, read once, into which any intent can be put. */
export interface Endpoints {
  /** What this intent gives with the endpoints of today: files by path. Certificates are left out. */
  render(intent: Intent, variant: RenderVariant): ReadonlyMap<string, string>;
}

/** How long the first reading of everything may take, in milliseconds. */
const READ_MS = 60_000;

async function readOnce(
  source: Source,
): Promise<{ readonly changes: readonly Change[]; readonly feeds: FeedStates }> {
  const objects = new Map<string, Change>();
  const done = AbortSignal.timeout(READ_MS);
  const enough = new AbortController();
  let isSynced = false;
  let feeds: FeedStates = {};
  await source.run(
    (delivery) => {
      for (const change of delivery.changes) {
        if (change.type === 'put') objects.set(formatKey(change), change);
        else objects.delete(formatKey(change));
      }
      feeds = delivery.feeds ?? {};
      isSynced = delivery.isSynced;
      if (isSynced) enough.abort();
    },
    AbortSignal.any([done, enough.signal]),
  );
  if (isSynced) return { changes: [...objects.values()], feeds };
  throw new RolloutError(
    'not-read',
    'the endpoints of today could not be read in time',
    'May you list and watch the ConfigMaps, the Secret and the pods of the services?',
  );
}

const encoder = new TextEncoder();

function mapOf(name: string, namespace: string, data: Intent['config']): Change {
  const key = { kind: 'configmaps', namespace, name } as const;
  if (!data) return { ...key, type: 'delete' };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  return { ...key, type: 'put', json: encoder.encode(JSON.stringify(object)) };
}

function certificateNames(objects: readonly Change[], namespace: string): readonly string[] {
  const chains = objects.find(
    (change) => formatKey(change) === `configmaps/${namespace}/certificates`,
  );
  const named = chains?.type === 'put' ? Object.keys(readData(chains.json)) : [];
  const secrets = objects.filter(({ kind }) => isSecretFeed(kind));
  const all = secrets.map((secret) => certificateOf(secret.namespace, secret.name));
  return [...new Set([...named, ...all])].sort();
}

/**
 * Reads all endpoints once: what these intents need.
 *
 * @throws RolloutError `not-read`
 */
export async function readEndpoints(
  source: Source,
  settings: RenderSettings,
  intents: readonly Intent[],
): Promise<Endpoints> {
  source.retain?.(intents);
  const { changes: objects, feeds } = await readOnce(source);
  const { namespace } = settings;
  const certificates = certificateNames(objects, namespace);
  return {
    render(intent, variant) {
      const changes = [
        ...objects.filter(({ kind }) => !isIntentFeed(kind)),
        ...objectChanges({}, intent).map(unpackChange),
        mapOf('services', namespace, intent.services),
        mapOf('config', namespace, intent.config),
      ];
      const { snapshot } = createInventory(namespace).update({
        ...{ changes, certificates, feeds, held: [...objectsOf(intent).keys()] },
        unread: [],
      });
      const rendering = createRenderEngine(settings).render(snapshot, variant);
      if (rendering.kind === 'rendered')
        return new Map(rendering.files.map(({ path, content }) => [path, content]));
      const { message, hint, code } = rendering.failure;
      throw new RolloutError(code, message, hint);
    },
  };
}
