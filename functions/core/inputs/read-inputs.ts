import { entriesOf, isJsonObject, type JsonObject, memberOf } from '../../template/json/index.ts';
import { type FieldPath, parseFieldPath } from '../../template/values/inputs/field-path.ts';
import { type Diagnostic, locate } from '../diagnostics.ts';
import { readYamlDocument, type YamlDocument, YamlFault } from '../yaml.ts';
import { flowOf } from './flow.ts';
import { type Feed, feedOf, type Flow, type Input } from './input.ts';
import { isOfSecrets, SECRET_FIELDS, TLS_TYPE } from './secret.ts';
import { type LabelSelector, parseLabelSelector } from './label-selector.ts';

/** The key of ConfigMap `config` that says what else of the API templates see. */
export const INPUTS_KEY = 'inputs.yaml';

export interface ReadInputs {
  /** Sorted by name; those that are in order. */
  readonly inputs: readonly Input[];
  /** With any of these nothing may be rendered: what is missing would be taken for what is not there. */
  readonly diagnostics: readonly Diagnostic[];
}

type Path = readonly (string | number)[];

/** What is wrong at a path of the text. */
class Fault extends Error {
  readonly path: Path;
  readonly hint: string;
  constructor(path: Path, message: string, hint: string) {
    super(message);
    this.path = path;
    this.hint = hint;
  }
}

const EXAMPLE =
  'For example {routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}}; see docs/kubernetes.md, "Inputs".';
const MEMBERS = [
  'apiVersion',
  'as',
  'fields',
  'kind',
  'labelSelector',
  'names',
  'namespaces',
  'optional',
  'status',
] as const;
const NAME = /^[A-Za-z_]\w*$/;
const GROUP = '[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?';
const API_VERSION = new RegExp(String.raw`^(?:${GROUP}\/)?v[0-9]+[a-z0-9]*$`);
const KIND = /^[A-Za-z][A-Za-z0-9]*$/;
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const OBJECT_NAME = /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/;

/** One entry, and the path of it. */
interface Entry {
  readonly name: string;
  readonly value: JsonObject;
}

function textAt({ name, value }: Entry, member: string, pattern: RegExp): string {
  const text = memberOf(value, member);
  if (typeof text === 'string' && pattern.test(text)) return text;
  const path = [name, member];
  if (text === undefined) throw new Fault(path, `lacks ${member}`, EXAMPLE);
  throw new Fault(path, `names the ${member} ${JSON.stringify(text)}, which is invalid`, EXAMPLE);
}

function textsAt(
  { name, value }: Entry,
  member: string,
  { pattern, what }: { readonly pattern: RegExp; readonly what: string },
): readonly string[] | undefined {
  const texts = memberOf(value, member);
  if (texts === undefined) return undefined;
  const hint = `Write a list of strings: ${member}: [a, b].`;
  if (!Array.isArray(texts) || texts.length === 0)
    throw new Fault([name, member], `has ${member} that are not a list, or are empty`, hint);
  const odd = texts.findIndex((text) => typeof text !== 'string' || !pattern.test(text));
  if (odd >= 0)
    throw new Fault(
      [name, member, odd],
      `names ${JSON.stringify(texts[odd])}, which ${what}`,
      hint,
    );
  return texts as readonly string[];
}

function namespacesOf(entry: Entry): readonly string[] | undefined {
  if (memberOf(entry.value, 'namespaces') === 'all') return undefined;
  return textsAt(entry, 'namespaces', {
    pattern: NAMESPACE,
    what: 'is not a valid namespace',
  });
}

function fieldsOf(entry: Entry): readonly FieldPath[] | undefined {
  const texts = textsAt(entry, 'fields', { pattern: /./s, what: 'is not a field path' });
  return texts?.map((text, i) => {
    const path = parseFieldPath(text);
    if (path) return path;
    throw new Fault(
      [entry.name, 'fields', i],
      `names ${JSON.stringify(text)}, which is not a field path`,
      'Write spec.rules.host, or metadata.annotations["example.com/a.b"]: a path also goes through lists.',
    );
  });
}

function labelsOf({ name, value }: Entry): LabelSelector | undefined {
  const given = memberOf(value, 'labelSelector');
  if (given === undefined) return undefined;
  const text = isJsonObject(given)
    ? entriesOf(given)
        .map(([key, label]) => `${key}=${String(label)}`)
        .join(',')
    : given;
  const selector = typeof text === 'string' ? parseLabelSelector(text) : undefined;
  if (selector) return selector;
  throw new Fault(
    [name, 'labelSelector'],
    'has an invalid labelSelector',
    'Write it as kubectl get -l takes it: "app=web,tier in (a,b),!canary".',
  );
}

function booleanAt({ name, value }: Entry, member: string): boolean {
  const given = memberOf(value, member) ?? false;
  if (typeof given === 'boolean') return given;
  throw new Fault([name, member], `has ${member} that is neither true nor false`, EXAMPLE);
}

function flowAt({ name, value }: Entry, of: Pick<Feed, 'apiVersion' | 'kind'>): Flow {
  const given = memberOf(value, 'as');
  if (given === undefined) return flowOf(of);
  const path = [name, 'as'];
  if (given !== 'intent' && given !== 'endpoints')
    throw new Fault(
      path,
      `has "as": ${JSON.stringify(given)}, which is neither intent nor endpoints`,
      'Write "as: intent" for what people write, which is checked first, or "as: endpoints" for what changes by itself.',
    );
  if (given === 'intent' && isOfSecrets(of))
    throw new Fault(
      path,
      'takes Secrets as intent, which is kept in revisions',
      'Leave "as" out: certificates flow, each checked for itself, and no revision ever holds a Secret.',
    );
  return given;
}

function writesStatus({ name, value }: Entry): boolean {
  const given = memberOf(value, 'status');
  if (given === undefined || given === 'write') return given === 'write';
  throw new Fault(
    [name, 'status'],
    `has the status ${JSON.stringify(given)}, which can only be "write"`,
    'Write "status: write" for objects whose status comes from status.yaml; leave it out for all others.',
  );
}

/** Secrets hold keys, which no template is ever to see: those of certificates, and nothing of them but what names it. */
function narrowSecrets(name: string, feed: Omit<Feed, 'id'>): Omit<Feed, 'id'> {
  if (!isOfSecrets(feed)) return feed;
  if (feed.fields === undefined) return { ...feed, fields: SECRET_FIELDS };
  throw new Fault(
    [name, 'fields'],
    'names fields of Secrets, but templates see only their names and labels',
    `Leave fields out: an input of Secrets gives certificates, from those of type ${TLS_TYPE}.`,
  );
}

function readEntry(entry: Entry): Input {
  const { name, value } = entry;
  const odd = entriesOf(value).find(([member]) => !MEMBERS.some((known) => known === member));
  if (odd)
    throw new Fault(
      [name, odd[0]],
      `has ${odd[0]}, which is none of ${MEMBERS.join(', ')}`,
      EXAMPLE,
    );
  const of = {
    apiVersion: textAt(entry, 'apiVersion', API_VERSION),
    kind: textAt(entry, 'kind', KIND),
  };
  const feed = {
    ...of,
    as: flowAt(entry, of),
    namespaces: namespacesOf(entry),
    names: textsAt(entry, 'names', { pattern: OBJECT_NAME, what: 'is not a valid name' }),
    labels: labelsOf(entry),
    fields: fieldsOf(entry),
  };
  return {
    name,
    feed: feedOf(narrowSecrets(name, feed)),
    isOptional: booleanAt(entry, 'optional'),
    writesStatus: writesStatus(entry),
  };
}

function checkEntry(name: string, value: unknown): Entry {
  if (!NAME.test(name))
    throw new Fault(
      [name],
      'has a name that templates cannot write',
      'Use letters, digits and underscores, and do not begin with a digit.',
    );
  if (!isJsonObject(value)) throw new Fault([name], 'is not an object', EXAMPLE);
  return { name, value };
}

/** What was read lately: each change of intent asks for it in several places. */
const known = new Map<string, ReadInputs>();
const MOST_KNOWN = 16;

/**
 * Reads `inputs.yaml`.
 *
 * @param source `object` names the ConfigMap in diagnostics
 */
export function readInputs(source: { object: string; text: string }): ReadInputs {
  const key = `${source.object}\n${source.text}`;
  const found = known.get(key) ?? read(source);
  known.delete(key);
  known.set(key, found);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return found;
}

function read(source: { object: string; text: string }): ReadInputs {
  const { object, text } = source;
  const problem = (code: string, message: string, hint: string, offset: number): Diagnostic => ({
    severity: 'error',
    code,
    message,
    hint,
    where: { object, key: INPUTS_KEY, ...locate(text, offset) },
  });
  let document: YamlDocument;
  try {
    document = readYamlDocument(text);
  } catch (error) {
    const offset = error instanceof YamlFault ? error.offset : 0;
    const message = `${INPUTS_KEY} is not YAML: ${(error as Error).message}`;
    return { inputs: [], diagnostics: [problem('inputs-yaml', message, EXAMPLE, offset)] };
  }
  const { value = null } = document;
  if (value === null) return { inputs: [], diagnostics: [] };
  if (!isJsonObject(value))
    return {
      inputs: [],
      diagnostics: [problem('inputs-yaml', `${INPUTS_KEY} is not an object`, EXAMPLE, 0)],
    };
  const inputs: Input[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [name, entry] of entriesOf(value)) {
    try {
      inputs.push(readEntry(checkEntry(name, entry)));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const message = `input ${name} ${error.message}`;
      diagnostics.push(
        problem('input-invalid', message, error.hint, document.offsetOf(error.path)),
      );
    }
  }
  return { inputs: inputs.sort((a, b) => (a.name < b.name ? -1 : 1)), diagnostics };
}
