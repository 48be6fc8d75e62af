import { isJsonObject, memberOf, merged, parseJson, writeJson } from '../template/json/index.ts';
import type { Diagnostic } from './diagnostics.ts';
import { locate } from './diagnostics.ts';
import type { FeedStates } from './inputs/input.ts';
import { type AnyObject, decodeAny, decodeObject } from './object-decoder.ts';
import type { Change } from './objects.ts';
import {
  type FeedMetadata,
  readFeedMetadata,
  readSnapshotMetadata,
  type SnapshotMetadata,
} from './snapshot-metadata.ts';
import { readYaml, YamlFault } from './yaml.ts';

type Put = Change & { readonly type: 'put' };

/** What a file of manifests holds. */
export interface Manifests {
  /** In the order of the text. */
  readonly objects: readonly Put[];
  readonly diagnostics: readonly Diagnostic[];
  /** The same objects, and those of all other kinds but Secrets without a certificate: what inputs are chosen from. */
  readonly any: readonly AnyObject[];
  /** The feeds of which the text has all objects, as `GET /snapshot` writes them. */
  readonly feeds: FeedStates;
  /** The stamp of `GET /snapshot`, where the text is one. */
  readonly metadata?: SnapshotMetadata;
}

const encoder = new TextEncoder();
const HINT =
  'Compare with what kubectl get -o yaml prints; kubectl apply --dry-run=server -f shows the same faults. A service goes on with the file as it last read it.';

type Values =
  | { readonly kind: 'values'; readonly values: readonly unknown[] }
  | { readonly kind: 'problem'; readonly diagnostic: Diagnostic };

function syntaxProblem(message: string, where: Diagnostic['where']): Values {
  const diagnostic = { severity: 'error', code: 'manifest-syntax', message, hint: HINT } as const;
  return { kind: 'problem', diagnostic: { ...diagnostic, where } };
}

/** The values of a text that is JSON. */
function readJson(text: string): readonly unknown[] | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return [parseJson(text)];
  } catch {
    // YAML's parser tells where it breaks, and takes flow style that is not JSON.
    return undefined;
  }
}

/** JSON is YAML too, but a dump of ten thousand pods is read a hundred times faster as JSON. */
function readValues(text: string, origin: string): Values {
  const json = readJson(text);
  if (json) return { kind: 'values', values: json };
  // As a writer leaves it between its first step and its last: no YAML file is told from one that is meant to be empty.
  if (text.trim() === '' && /\.json$/i.test(origin))
    return syntaxProblem('the file is empty, which is no JSON', {
      object: origin,
    });
  try {
    return { kind: 'values', values: readYaml(text) };
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof YamlFault)) return syntaxProblem(message, { object: origin });
    const where = { object: origin, ...locate(text, error.offset) };
    return syntaxProblem(message, where);
  }
}

function isList(value: unknown): boolean {
  const kind = memberOf(value, 'kind');
  return (
    typeof kind === 'string' && kind.endsWith('List') && Array.isArray(memberOf(value, 'items'))
  );
}

/** The items of a typed list (`PodList`) need not repeat its kind. */
function itemsOf(value: unknown): readonly unknown[] {
  if (!isList(value)) return [value];
  const kind = (memberOf(value, 'kind') as string).slice(0, -'List'.length);
  const apiVersion = memberOf(value, 'apiVersion') ?? 'v1';
  return (memberOf(value, 'items') as readonly unknown[]).flatMap((item) =>
    itemsOf(kind && isJsonObject(item) ? merged({ apiVersion, kind }, item) : item),
  );
}

/** The lists of a snapshot's feeds apart from all else. */
function splitFeeds(values: readonly unknown[]): {
  readonly lists: readonly unknown[];
  readonly rest: readonly unknown[];
} {
  const isFeed = (value: unknown): boolean => readFeedMetadata(value) !== undefined;
  const inner = values.flatMap((value) =>
    isList(value) ? (memberOf(value, 'items') as readonly unknown[]).filter(isFeed) : [],
  );
  const rest = values.map((value) => {
    if (inner.length === 0 || !isList(value) || !isJsonObject(value)) return value;
    const items = (memberOf(value, 'items') as readonly unknown[]).filter((item) => !isFeed(item));
    return merged(value, { items });
  });
  return { lists: inner, rest };
}

function feedPuts(list: unknown): readonly Put[] {
  const { feed } = readFeedMetadata(list) as FeedMetadata;
  return (memberOf(list, 'items') as readonly unknown[]).flatMap((item) => {
    const metadata = memberOf(item, 'metadata');
    const [namespace = '', name] = [memberOf(metadata, 'namespace'), memberOf(metadata, 'name')];
    if (typeof namespace !== 'string' || typeof name !== 'string') return [];
    const json = encoder.encode(writeJson(item));
    return { type: 'put' as const, kind: feed, namespace, name, json };
  });
}

/**
 * Reads a text of manifests: YAML with any number of documents, JSON, lists, what `kubectl get -o yaml` or
 * `-o json` prints, or what `GET /snapshot` answers. Objects of kinds that are not used are passed over.
 *
 * @param origin names the text in diagnostics: the file's path
 */
export function readManifests(text: string, origin: string): Manifests {
  const read = readValues(text, origin);
  if (read.kind === 'problem')
    return { objects: [], any: [], feeds: {}, diagnostics: [read.diagnostic] };
  return manifestsOf(read.values, origin);
}

/**
 * As `readManifests`, of a text that is whole beyond doubt: JSON, of which no object and no list is JSON short of its end;
 * undefined for all others.
 */
export function readWholeManifests(text: string, origin: string): Manifests | undefined {
  const values = readJson(text);
  return values && manifestsOf(values, origin);
}

function manifestsOf(values: readonly unknown[], origin: string): Manifests {
  const { lists, rest } = splitFeeds(values);
  const objects: Put[] = lists.flatMap(feedPuts);
  const any: AnyObject[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const value of rest.filter((v) => v !== null && v !== undefined).flatMap(itemsOf)) {
    const decoded = decodeObject(value);
    const other = decodeAny(value, decoded);
    if (other) any.push(other);
    if (decoded.kind === 'decoded') objects.push(decoded.change);
    if (decoded.kind === 'problem')
      diagnostics.push({
        severity: 'error',
        code: 'manifest-object',
        message: `${decoded.name || 'a document'} ${decoded.message}; it is left out`,
        hint: HINT,
        where: { object: origin },
      });
  }
  const metadata = values.map(readSnapshotMetadata).find((found) => found !== undefined);
  const feeds = Object.fromEntries(
    lists.flatMap((list) => {
      const found = readFeedMetadata(list);
      return found ? [[found.feed, found.state]] : [];
    }),
  );
  return { objects, any, feeds, diagnostics, ...(metadata ? { metadata } : {}) };
}
