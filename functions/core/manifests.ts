import { isJsonObject, memberOf, merged, parseJson } from '../template/json/index.ts';
import type { Diagnostic } from './diagnostics.ts';
import { locate } from './diagnostics.ts';
import { decodeObject } from './object-decoder.ts';
import type { Change } from './objects.ts';
import { readSeal, type Seal } from './seal.ts';
import { readYaml, YamlFault } from './yaml.ts';

/** What a file of manifests holds. */
export interface Manifests {
  /** In the order of the text. */
  readonly objects: readonly (Change & { readonly type: 'put' })[];
  readonly diagnostics: readonly Diagnostic[];
  /** The stamp of `GET /snapshot`, where the text is one. */
  readonly seal?: Seal;
}

const HINT =
  'Compare with what kubectl get -o yaml prints; kubectl apply --dry-run=server -f shows the same faults.';

type Values =
  | { readonly kind: 'values'; readonly values: readonly unknown[] }
  | { readonly kind: 'problem'; readonly diagnostic: Diagnostic };

function syntaxProblem(message: string, where: Diagnostic['where']): Values {
  const diagnostic = { severity: 'error', code: 'manifest-syntax', message, hint: HINT } as const;
  return { kind: 'problem', diagnostic: { ...diagnostic, where } };
}

/** JSON is YAML too, but a dump of ten thousand pods is read a hundred times faster as JSON. */
function readValues(text: string, origin: string): Values {
  if (/^\s*[{[]/.test(text)) {
    try {
      return { kind: 'values', values: [parseJson(text)] };
    } catch {
      // YAML's parser tells where it breaks, and takes flow style that is not JSON.
    }
  }
  try {
    return { kind: 'values', values: readYaml(text) };
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof YamlFault)) return syntaxProblem(message, { object: origin });
    const where = { object: origin, ...locate(text, error.offset) };
    return syntaxProblem(`${message}; the file is left as it was last read`, where);
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
  const itemKind = (memberOf(value, 'kind') as string).slice(0, -'List'.length);
  return (memberOf(value, 'items') as readonly unknown[]).flatMap((item) =>
    itemsOf(itemKind && isJsonObject(item) ? merged({ kind: itemKind }, item) : item),
  );
}

/**
 * Reads a text of manifests: YAML with any number of documents, JSON, lists, what `kubectl get -o yaml` or
 * `-o json` prints, or what `GET /snapshot` answers. Objects of kinds that are not used are passed over.
 *
 * @param origin names the text in diagnostics: the file's path
 */
export function readManifests(text: string, origin: string): Manifests {
  const read = readValues(text, origin);
  if (read.kind === 'problem') return { objects: [], diagnostics: [read.diagnostic] };
  const objects: (Change & { readonly type: 'put' })[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const value of read.values.filter((v) => v !== null && v !== undefined).flatMap(itemsOf)) {
    const decoded = decodeObject(value);
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
  const seal = read.values.map(readSeal).find((found) => found !== undefined);
  return { objects, diagnostics, ...(seal ? { seal } : {}) };
}
