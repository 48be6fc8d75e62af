import { type Document, parseAllDocuments } from 'yaml';
import type { Diagnostic } from './diagnostics.ts';
import { locate } from './diagnostics.ts';
import { takeObject } from './intake.ts';
import type { Change } from './objects.ts';
import { readSeal, type Seal } from './seal.ts';

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

function yamlProblem(text: string, origin: string, document: Document.Parsed): Values | undefined {
  const error = document.errors[0];
  if (!error) return undefined;
  const [message = ''] = error.message.split('\n');
  const plain = message.replace(/ at line \d+, column \d+:?$/, '');
  return {
    kind: 'problem',
    diagnostic: {
      severity: 'error',
      code: 'manifest-syntax',
      message: `${plain}; the file is left as it was last read`,
      hint: HINT,
      where: { object: origin, ...locate(text, error.pos[0]) },
    },
  };
}

/** JSON is YAML too, but a dump of ten thousand pods is read a hundred times faster as JSON. */
function readValues(text: string, origin: string): Values {
  if (/^\s*[{[]/.test(text)) {
    try {
      return { kind: 'values', values: [JSON.parse(text)] };
    } catch {
      // YAML's parser tells where it breaks, and takes flow style that is not JSON.
    }
  }
  const documents = parseAllDocuments(text, { merge: true });
  if ('empty' in documents) return { kind: 'values', values: [] };
  for (const document of documents) {
    const problem = yamlProblem(text, origin, document);
    if (problem) return problem;
  }
  try {
    return { kind: 'values', values: documents.map((document) => document.toJS() as unknown) };
  } catch (error) {
    const { message } = error as Error;
    const where = { object: origin };
    return {
      kind: 'problem',
      diagnostic: { severity: 'error', code: 'manifest-syntax', message, hint: HINT, where },
    };
  }
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items);
}

/** The items of a typed list (`PodList`) need not repeat its kind. */
function itemsOf(value: unknown): readonly unknown[] {
  if (!isList(value)) return [value];
  const { kind } = value as unknown as { kind: string };
  const itemKind = kind.slice(0, -'List'.length);
  return value.items.flatMap((item) =>
    itemsOf(itemKind && typeof item === 'object' ? { kind: itemKind, ...item } : item),
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
    const intake = takeObject(value);
    if (intake.kind === 'taken') objects.push(intake.change);
    if (intake.kind === 'problem')
      diagnostics.push({
        severity: 'error',
        code: 'manifest-object',
        message: `${intake.name || 'a document'} ${intake.message}; it is left out`,
        hint: HINT,
        where: { object: origin },
      });
  }
  const seal = read.values.map(readSeal).find((found) => found !== undefined);
  return { objects, diagnostics, ...(seal ? { seal } : {}) };
}
