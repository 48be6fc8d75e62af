import { type Diagnostic, locate } from './diagnostics.ts';
import { type Fields, isFields } from './fields.ts';
import { type Feed, type Input, splitApiVersion } from './inputs/input.ts';
import { writeJson } from './json.ts';
import { readYamlDocument, type YamlDocument, YamlFault } from './yaml.ts';

/** The key of ConfigMap `config` that gives what is written to the status of objects. */
export const STATUS_KEY = 'status.yaml';

/** What the status of one object is to say. */
export interface StatusEntry {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent where the kind is in no namespace. */
  readonly namespace?: string;
  readonly name: string;
  /** Which of the objects of that name is meant; any, where it is absent. */
  readonly uid?: string;
  /** Whose items of `parents` these are: those of others stay. */
  readonly controllerName?: string;
  readonly status: Fields;
}

/** Writes statuses back; nothing ever waits for it. */
export interface StatusSink {
  /** What statuses are to say from now on, all of them. */
  write(entries: readonly StatusEntry[]): void;
  /** Compares all of them with what is there, as if none had ever been written. */
  reconcile(): void;
  diagnostics(): readonly Diagnostic[];
}

export interface ReadStatuses {
  /** Sorted, one for each object. */
  readonly entries: readonly StatusEntry[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Objects that are told one by one; a template that is wrong for all of them is told by these. */
const MOST_TOLD = 20;
const HINT = 'See docs/kubernetes.md, "Status written back".';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** `httproute.gateway.networking.k8s.io/shop/web`: an object, as diagnostics name it. */
export function nameOfEntry({ apiVersion, kind, namespace, name }: StatusEntry): string {
  const { group } = splitApiVersion(apiVersion);
  const title = [kind.toLowerCase(), group].filter(Boolean).join('.');
  return [title, namespace, name].filter((part) => part !== undefined).join('/');
}

function isCovered(entry: StatusEntry, { apiVersion, kind, namespaces, names }: Feed): boolean {
  const { namespace } = entry;
  return (
    apiVersion === entry.apiVersion &&
    kind === entry.kind &&
    (namespace === undefined || !namespaces || namespaces.includes(namespace)) &&
    (!names || names.includes(entry.name))
  );
}

/** What is wrong with an item of the list; undefined where it is in order. */
function findFault(item: unknown, inputs: readonly Input[]): string | undefined {
  if (!isFields(item)) return 'is not an object';
  for (const member of ['apiVersion', 'kind', 'name'])
    if (!isText(item[member])) return `lacks ${member}`;
  for (const member of ['namespace', 'uid', 'controllerName'])
    if (item[member] !== undefined && !isText(item[member]))
      return `has a ${member} that is not text`;
  if (!isFields(item.status)) return 'lacks status, or has one that is not an object';
  const entry = item as unknown as StatusEntry;
  return inputs.some(({ feed, writesStatus }) => writesStatus && isCovered(entry, feed))
    ? undefined
    : `is ${nameOfEntry(entry)}, of which no input says "status: write"`;
}

function toEntry(item: Fields): StatusEntry {
  const { apiVersion, kind, namespace, name, uid, controllerName, status } =
    item as unknown as StatusEntry;
  return {
    ...{ apiVersion, kind, name, status },
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(controllerName !== undefined && { controllerName }),
  };
}

/** Exact ints and floats are for templates; the API has plain JSON. */
const plainOf = (value: unknown): unknown => JSON.parse(writeJson(value ?? null));

/**
 * Reads what `status.yaml` renders to.
 *
 * @param source `object` names the ConfigMap in diagnostics; `inputs` are those of the same ConfigMap
 */
export function readStatuses(source: {
  readonly object: string;
  readonly text: string;
  readonly inputs: readonly Input[];
}): ReadStatuses {
  const { object, text, inputs } = source;
  const problem = (code: string, message: string, offset: number): Diagnostic => {
    // The text is what was rendered: a line of it is none of the template.
    const { excerpt } = locate(text, offset);
    const where = { object, key: STATUS_KEY, excerpt };
    return { severity: 'error', code, message, hint: HINT, where };
  };
  let document: YamlDocument;
  try {
    document = readYamlDocument(text);
  } catch (error) {
    const offset = error instanceof YamlFault ? error.offset : 0;
    const message = `${STATUS_KEY} does not render to YAML: ${(error as Error).message}`;
    return { entries: [], diagnostics: [problem('status-yaml', message, offset)] };
  }
  const list = plainOf(document.value) ?? [];
  if (!Array.isArray(list)) {
    const message = `${STATUS_KEY} does not render to a list`;
    return { entries: [], diagnostics: [problem('status-yaml', message, 0)] };
  }
  const entries = new Map<string, StatusEntry>();
  const faults: Diagnostic[] = [];
  for (const [i, item] of list.entries()) {
    const wrong = findFault(item, inputs);
    const key = wrong === undefined ? nameOfEntry(item) : '';
    const fault = entries.has(key) ? `is ${key} once more` : wrong;
    if (fault === undefined) entries.set(key, toEntry(item));
    else if (faults.length < MOST_TOLD)
      faults.push(
        problem('status-invalid', `item ${i + 1} ${fault}: it is left out`, document.offsetOf([i])),
      );
  }
  const sorted = [...entries.keys()].sort().map((key) => entries.get(key) as StatusEntry);
  return { entries: sorted, diagnostics: faults };
}
