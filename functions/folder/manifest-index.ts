import { type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import type { Manifests } from '../core/manifests.ts';
import { chooseForFeeds, feedsOfMap, statesOf } from '../core/inputs/from-manifests.ts';
import type { Feed, FeedStates } from '../core/inputs/input.ts';
import type { AnyObject } from '../core/object-decoder.ts';
import { type Change, formatKey } from '../core/objects.ts';

type Put = Change & { readonly type: 'put' };

/** The objects of many files, as one: what one file says of an object that another has too counts not. */
export interface ManifestIndex {
  /** Takes what a file holds now (undefined: the file is gone). A file that does not parse keeps what it last held. */
  put(path: string, manifests: Manifests | undefined): void;
  /** What has changed since it was last asked: objects of all feeds that ConfigMap `config` and `retain` name. */
  drain(): { readonly changes: readonly Change[]; readonly feeds: FeedStates };
  /** These feeds are wanted, whatever ConfigMap `config` says. Tells whether they are others than before. */
  retain(feeds: readonly Feed[]): boolean;
  diagnostics(): readonly Diagnostic[];
  /** Whether every file has been read whole at least once. */
  isWhole(): boolean;
  size(): number;
}

interface Held {
  objects: readonly Put[];
  any: readonly AnyObject[];
  diagnostics: readonly Diagnostic[];
  hasParsed: boolean;
}

/** Whether the text could not be read at all, so that nothing is known of what it holds. */
function isBroken({ objects, diagnostics }: Manifests): boolean {
  return objects.length === 0 && diagnostics.some(({ code }) => code === 'manifest-syntax');
}

function duplicate(key: string, kept: string, passed: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'manifest-duplicate',
    message: `${key} is in ${kept}, too; the one in ${passed} is ignored`,
    hint: 'Keep each object in one file.',
    where: { object: passed },
  };
}

const nameOf = ({ apiVersion, kind, namespace, name }: AnyObject): string =>
  `${kind} ${namespace}/${name} of ${apiVersion}`;

const idsOf = (feeds: readonly Feed[]): string => JSON.stringify(feeds.map(({ id }) => id));

/** An empty index, for the configuration of one namespace. */
export function createManifestIndex(namespace: string): ManifestIndex {
  const files = new Map<string, Held>();
  let delivered = new Map<string, Put>();
  let duplicates: readonly Diagnostic[] = [];
  let retained: readonly Feed[] = [];
  /** Of the data that the feeds were read from last. */
  let configured: { readonly json: Uint8Array | undefined; readonly feeds: readonly Feed[] } = {
    json: undefined,
    feeds: [],
  };

  function feedsNow(objects: ReadonlyMap<string, Put>): readonly Feed[] {
    const json = objects.get(`configmaps/${namespace}/config`)?.json;
    if (configured.json !== json) configured = { json, feeds: feedsOfMap(json) };
    return [...new Map([...configured.feeds, ...retained].map((feed) => [feed.id, feed])).values()];
  }

  /** Every object that an input may name once, the first file first; what is twice among all others is told of those. */
  function gatherAny(): readonly AnyObject[] {
    const all = new Map<string, AnyObject>();
    for (const path of [...files.keys()].sort())
      for (const object of files.get(path)?.any ?? []) {
        const key = nameOf(object);
        if (!all.has(key)) all.set(key, object);
      }
    return [...all.values()];
  }

  /** Every object once, the first file (by path) first. */
  function gather(): Map<string, Put> {
    const all = new Map<string, Put>();
    const origin = new Map<string, string>();
    const twice: Diagnostic[] = [];
    for (const path of [...files.keys()].sort()) {
      for (const object of files.get(path)?.objects ?? []) {
        const key = formatKey(object);
        const kept = origin.get(key);
        if (kept !== undefined) {
          twice.push(duplicate(key, kept, path));
          continue;
        }
        origin.set(key, path);
        all.set(key, object);
      }
    }
    duplicates = twice;
    return all;
  }

  return {
    put(path, manifests) {
      if (!manifests) {
        files.delete(path);
        return;
      }
      const held = files.get(path) ?? { objects: [], any: [], diagnostics: [], hasParsed: false };
      const broken = isBroken(manifests);
      files.set(path, {
        objects: broken ? held.objects : manifests.objects,
        any: broken ? held.any : manifests.any,
        diagnostics: manifests.diagnostics,
        hasParsed: held.hasParsed || !broken,
      });
    },
    drain() {
      const now = gather();
      const feeds = feedsNow(now);
      const chosen = feeds.length === 0 ? [] : chooseForFeeds(gatherAny(), feeds);
      for (const put of chosen) now.set(formatKey(put), put);
      const gone = [...delivered].filter(([key]) => !now.has(key));
      const changes: Change[] = gone.map(([, { kind, namespace, name }]) => ({
        type: 'delete',
        kind,
        namespace,
        name,
      }));
      for (const [key, object] of now) {
        const before = delivered.get(key);
        // What is in a file that did not change is the same object.
        if (before === object) continue;
        if (!before || Buffer.compare(before.json, object.json) !== 0) changes.push(object);
      }
      delivered = now;
      return { changes, feeds: statesOf(feeds) };
    },
    retain(feeds) {
      const isSame = idsOf(feeds) === idsOf(retained);
      retained = feeds;
      return !isSame;
    },
    diagnostics: () =>
      sortDiagnostics([...[...files.values()].flatMap((held) => held.diagnostics), ...duplicates]),
    isWhole: () => [...files.values()].every(({ hasParsed }) => hasParsed),
    size: () => delivered.size,
  };
}
