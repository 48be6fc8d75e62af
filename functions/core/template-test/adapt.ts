import { isJsonObject, type JsonObject, writeJson } from '../../template/json/index.ts';
import type { Place } from '../diagnostics.ts';
import { type Manifests, readManifests } from '../manifests.ts';
import type { Kind } from '../objects.ts';
import { formatKey, readData } from '../objects.ts';
import type { ObjectSelector, TestInputs } from './read-tests.ts';

interface Named {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

const KINDS: Partial<Readonly<Record<Kind, string>>> = {
  configmaps: 'ConfigMap',
  secrets: 'Secret',
  pods: 'Pod',
};

const isMeant = (object: Named, { kind, namespace, name }: ObjectSelector): boolean =>
  object.kind === kind &&
  (namespace === undefined || object.namespace === namespace) &&
  (name === undefined || object.name === name);

function leaveOut(read: Manifests, without: readonly ObjectSelector[]): Manifests {
  const stays = (object: Named) => !without.some((selector) => isMeant(object, selector));
  return {
    ...read,
    objects: read.objects.filter((one) => stays({ ...one, kind: KINDS[one.kind] ?? one.kind })),
    any: read.any.filter(stays),
  };
}

const identity = ({ kind, namespace, name }: Named): string => `${kind}/${namespace}/${name}`;

/** What comes later is in the place of what has its name. */
function latest(all: readonly Manifests[]): readonly Manifests[] {
  const seen = new Set<string>();
  const isLatest = (object: Named) => {
    const key = identity(object);
    return !seen.has(key) && Boolean(seen.add(key));
  };
  return [...all]
    .reverse()
    .map((read) => ({
      ...read,
      any: [...read.any].reverse().filter(isLatest).reverse(),
    }))
    .reverse();
}

/** ConfigMap `services` as it is in the manifests, with the entries of the test. */
function servicesOf(
  all: readonly Manifests[],
  { services }: TestInputs,
  namespace: string,
): readonly JsonObject[] {
  if (services.size === 0) return [];
  const key = `configmaps/${namespace}/services`;
  const there = all.flatMap(({ objects }) => objects).findLast((one) => formatKey(one) === key);
  const data = new Map(Object.entries(there ? readData(there.json) : {}));
  for (const [name, entry] of services)
    if (isJsonObject(entry)) data.set(name, writeJson(entry));
    else data.delete(name);
  const metadata = { name: 'services', namespace };
  return [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }] as unknown as JsonObject[];
}

/** Manifests as a test has them: with its objects and entries, and without what it does without. */
export function adaptManifests(
  read: readonly Manifests[],
  {
    test,
    namespace,
  }: { readonly test: TestInputs & { readonly where: Place }; readonly namespace: string },
): readonly Manifests[] {
  const own = (objects: readonly JsonObject[]): Manifests =>
    readManifests(writeJson({ apiVersion: 'v1', kind: 'List', items: objects }), test.where.object);
  const kept = read.map((manifests) => leaveOut(manifests, test.without));
  const all = [...kept, own(test.objects)];
  return latest([...all, own(servicesOf(all, test, namespace))]);
}
