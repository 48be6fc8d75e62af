import { type Feed, splitApiVersion } from '../core/inputs/input.ts';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { pathOfVersion, type Resource } from './collection.ts';
import { isFields } from '../core/fields.ts';

export interface DiscoveryOptions {
  readonly client: ApiClient;
  readonly feed: Pick<Feed, 'apiVersion' | 'kind'>;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const textsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What the API says of a path; undefined where it has no such thing. @throws ApiError */
async function ask(
  path: string,
  { client, deadlineMs, signal }: DiscoveryOptions,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const answer = await client.json({ path, deadlineMs, signal });
    if (isFields(answer)) return answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'kubernetes-missing') return undefined;
    throw error;
  }
  throw new ApiError('kubernetes-garbage', `what is at ${path} is not an object`);
}

/**
 * Where the API has a kind, by what it says of a version of a group: anybody may ask that. Undefined where it has none,
 * or none that can be watched.
 *
 * @throws ApiError
 */
export async function findResource(options: DiscoveryOptions): Promise<Resource | undefined> {
  const { apiVersion, kind } = options.feed;
  const { group, version } = splitApiVersion(apiVersion);
  const list = await ask(pathOfVersion({ group, version }), options);
  const found = textsOf(list?.resources)
    .filter(isFields)
    .find(
      ({ name, kind: of, verbs }) =>
        of === kind &&
        typeof name === 'string' &&
        !name.includes('/') &&
        ['list', 'watch'].every((verb) => textsOf(verbs).includes(verb)),
    );
  if (!found) return undefined;
  const isNamespaced = found.namespaced === true;
  return { group, version, plural: found.name as string, isNamespaced };
}

/**
 * The versions of a group that have a kind, as `apiVersion`s: where one is not served any more another may be.
 *
 * @throws ApiError
 */
export async function versionsOf(options: DiscoveryOptions): Promise<readonly string[]> {
  const { apiVersion, kind } = options.feed;
  const { group } = splitApiVersion(apiVersion);
  const found = group === '' ? undefined : await ask(`/apis/${group}`, options);
  const all = textsOf(found?.versions)
    .filter(isFields)
    .flatMap(({ groupVersion }) => (typeof groupVersion === 'string' ? groupVersion : []));
  const have: string[] = [];
  for (const other of all)
    if (await findResource({ ...options, feed: { apiVersion: other, kind } })) have.push(other);
  return have;
}
