import { type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import type { Manifests } from '../core/manifests.ts';
import { type Change, formatKey } from '../core/objects.ts';

type Put = Change & { readonly type: 'put' };

/** The objects of many files, as one: what one file says of an object that another has too counts not. */
export interface ManifestIndex {
  /** Takes what a file holds now (undefined: the file is gone). A file that does not parse keeps what it last held. */
  put(path: string, manifests: Manifests | undefined): void;
  /** What has changed since it was last asked. */
  drain(): readonly Change[];
  diagnostics(): readonly Diagnostic[];
  /** Whether every file has been read whole at least once. */
  isWhole(): boolean;
  size(): number;
}

interface Held {
  objects: readonly Put[];
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
    message: `${key} is in ${kept} too; what ${passed} says of it is passed over`,
    hint: 'Keep each object in one file.',
    where: { object: passed },
  };
}

/** An empty index. */
export function createManifestIndex(): ManifestIndex {
  const files = new Map<string, Held>();
  let delivered = new Map<string, Put>();
  let duplicates: readonly Diagnostic[] = [];

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
      const held = files.get(path) ?? { objects: [], diagnostics: [], hasParsed: false };
      const broken = isBroken(manifests);
      files.set(path, {
        objects: broken ? held.objects : manifests.objects,
        diagnostics: manifests.diagnostics,
        hasParsed: held.hasParsed || !broken,
      });
    },
    drain() {
      const now = gather();
      const gone = [...delivered].filter(([key]) => !now.has(key));
      const changes: Change[] = gone.map(([, { kind, namespace, name }]) => ({
        type: 'delete',
        kind,
        namespace,
        name,
      }));
      for (const [key, object] of now) {
        const before = delivered.get(key);
        if (!before || Buffer.compare(before.json, object.json) !== 0) changes.push(object);
      }
      delivered = now;
      return changes;
    },
    diagnostics: () =>
      sortDiagnostics([...[...files.values()].flatMap((held) => held.diagnostics), ...duplicates]),
    isWhole: () => [...files.values()].every(({ hasParsed }) => hasParsed),
    size: () => delivered.size,
  };
}
