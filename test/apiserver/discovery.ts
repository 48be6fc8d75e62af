import type { ApiRequest } from './request.ts';
import { CUSTOM, groupOf, isKnown, isNamespaced, kindOf, resourcesOf } from './resources.ts';
import { type Answer, failure } from './status.ts';
import type { Store, StoredObject } from './store.ts';

interface Version {
  readonly name: string;
  readonly served: boolean;
}

const versionsOf = ({ spec }: StoredObject): readonly Version[] =>
  (spec as { readonly versions: readonly Version[] }).versions;

function servedVersions(store: Store, resource: string): readonly string[] {
  if (resource !== CUSTOM) return ['v1'];
  const name = `${CUSTOM}.${groupOf(CUSTOM)}`;
  const definition = store.get('customresourcedefinitions', '', name);
  const all = definition ? versionsOf(definition) : [];
  return all.filter(({ served }) => served).map((version) => version.name);
}

/** Whether there is such a kind in this version now. */
export const isServed = (
  store: Store,
  { group, version, resource }: Pick<ApiRequest, 'group' | 'version' | 'resource'>,
): boolean =>
  !isKnown(resource) ||
  (groupOf(resource) === group && servedVersions(store, resource).includes(version));

export const notThere = (): Answer =>
  failure(404, 'NotFound', 'the server could not find the requested resource');

/** Answers which versions a group has, or which kinds a version has. */
export function discover(store: Store, { group, version }: ApiRequest): Answer {
  const resources = resourcesOf(group);
  if (version === '') {
    const versions = [...new Set(resources.flatMap((one) => servedVersions(store, one)))];
    if (versions.length === 0) return notThere();
    const groupVersions = versions.map((name) => ({
      groupVersion: `${group}/${name}`,
      version: name,
    }));
    return { status: 200, body: { kind: 'APIGroup', apiVersion: 'v1', versions: groupVersions } };
  }
  const served = resources.filter((one) => servedVersions(store, one).includes(version));
  if (served.length === 0) return notThere();
  const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
  const told = served.flatMap((name) => [
    { name, kind: kindOf(name), namespaced: isNamespaced(name), verbs },
    { name: `${name}/status`, kind: kindOf(name), namespaced: isNamespaced(name), verbs: ['get'] },
  ]);
  const groupVersion = [group, version].filter((part) => part !== '').join('/');
  const body = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: told };
  return { status: 200, body };
}

/** An object as the API shows it: of the version that is asked for, and without a namespace where it is in none. */
export function shown(object: StoredObject, { version }: ApiRequest, resource: string): object {
  const { namespace, ...rest } = object.metadata;
  const metadata = namespace === '' ? rest : object.metadata;
  if (resource === CUSTOM)
    return { ...object, apiVersion: `${groupOf(CUSTOM)}/${version}`, metadata };
  return metadata === object.metadata ? object : { ...object, metadata };
}
