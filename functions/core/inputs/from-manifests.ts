import {
  isJsonObject,
  type JsonObject,
  memberOf,
  parseJson,
  writeJson,
} from '../../template/json/index.ts';
import type { AnyObject } from '../object-decoder.ts';
import { type Change, readData } from '../objects.ts';
import type { Feed, FeedStates } from './input.ts';
import { projectObject } from './projection.ts';
import { INPUTS_KEY, readInputs } from './read-inputs.ts';

type Put = Change & { readonly type: 'put' };
type Data = Readonly<Record<string, string>>;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The feeds that the data of a ConfigMap `config` names, each once. */
export function feedsOf(config: Data | undefined): readonly Feed[] {
  const text = config && Object.hasOwn(config, INPUTS_KEY) ? config[INPUTS_KEY] : undefined;
  if (text === undefined) return [];
  const { inputs } = readInputs({ object: '', text });
  return [...new Map(inputs.map(({ feed }) => [feed.id, feed])).values()];
}

/** The same of the object. */
export const feedsOfMap = (json: Uint8Array | undefined): readonly Feed[] =>
  feedsOf(json && readData(json));

/** Files hold what they hold: a kind of which they have no object is one without objects. */
export const statesOf = (feeds: readonly Feed[]): FeedStates =>
  Object.fromEntries(feeds.map(({ id }) => [id, 'read']));

function mayBeIn(object: AnyObject, { apiVersion, kind, namespaces, names }: Feed): boolean {
  return (
    object.kind === kind &&
    object.apiVersion === apiVersion &&
    (object.namespace === '' || namespaces?.includes(object.namespace) !== false) &&
    names?.includes(object.name) !== false
  );
}

function chosen(object: AnyObject, feed: Feed): Put | undefined {
  const { namespace, name, json } = object;
  const value = parseJson(decoder.decode(json)) as JsonObject;
  const labels = memberOf(memberOf(value, 'metadata'), 'labels');
  if (feed.labels && !feed.labels.matches(isJsonObject(labels) ? labels : undefined))
    return undefined;
  const kept = encoder.encode(writeJson(projectObject(value, feed)));
  return { type: 'put', kind: feed.id, namespace, name, json: kept };
}

/** What was chosen of an object, by the feeds' ids: a folder is looked at again and again. */
const known = new WeakMap<AnyObject, Map<string, Put | undefined>>();

/** The objects of manifests that are in feeds, as each feed keeps them. */
export function chooseForFeeds(
  objects: readonly AnyObject[],
  feeds: readonly Feed[],
): readonly Put[] {
  const found: Put[] = [];
  for (const feed of feeds) {
    for (const object of objects) {
      if (!mayBeIn(object, feed)) continue;
      const before = known.get(object) ?? new Map<string, Put | undefined>();
      known.set(object, before);
      if (!before.has(feed.id)) before.set(feed.id, chosen(object, feed));
      const put = before.get(feed.id);
      if (put) found.push(put);
    }
  }
  return found;
}
