import { isForeign, plain } from '../../template/foreign.ts';
import { entriesOf, isJsonObject } from '../../template/json/index.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { FileBreach, Origin } from './attribution.ts';
import type { Entry, InputEntry } from './entries.ts';

/** A text within an entry, and how to get there. */
interface Leaf {
  readonly path: string;
  readonly text: string;
}

/** The code of what these diagnostics tell. */
export const UNSAFE_VALUE = 'unsafe-value';
const HINT =
  'Take it out of the value, or say in the template what the value may bring: |quote writes one argument, |words lets it bring words, |lines lines (docs/templates.md, "Values").';
const MOST_SHOWN = 60;
const CONTEXTS = [6, 3, 1, 0];

function* leavesIn(value: unknown, path = ''): Generator<Leaf> {
  if (typeof value === 'string') yield { path, text: value };
  else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* leavesIn(item, `${path}[${i}]`);
  } else if (isJsonObject(value)) {
    for (const [key, item] of entriesOf(value)) {
      const name = /^[\w-]+$/.test(key)
        ? `${path === '' ? '' : '.'}${key}`
        : `[${JSON.stringify(plain(key))}]`;
      yield { path: `the key ${path}${name}`, text: key };
      if (path !== '' || (key !== 'pods' && key !== 'draining')) yield* leavesIn(item, path + name);
    }
  }
}

/** The text of an entry that most likely is what stands around a position of the output. */
function leafAt(entry: Entry, output: string, offset: number): Leaf | undefined {
  const all = [...leavesIn(entry.value)]
    .filter(({ text }) => isForeign(text))
    .map(({ path, text }) => ({ path, text: plain(text) }));
  for (const width of CONTEXTS) {
    const around = output.slice(Math.max(0, offset - width), offset + width + 1);
    const found = all.find(({ text }) => text.includes(around));
    if (found) return found;
  }
  return undefined;
}

/** A text as one line of printable characters, shortened. */
function shown(text: string): string {
  const short = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  return JSON.stringify(short).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `Ingress shop/web`. */
export const titleOfObject = ({ of, namespace, name }: InputEntry): string =>
  `${of} ${[namespace, name].filter((part) => part !== '').join('/')}`;

/** As diagnostics name it. */
export const placeOfObject = ({ input, namespace, name }: InputEntry): string =>
  `inputs.${input}/${[namespace, name].filter((part) => part !== '').join('/')}`;

const titleOf = (entry: Entry): string => {
  if (entry.kind === 'pod') return `pod ${entry.namespace}/${entry.name}`;
  if (entry.kind === 'object') return titleOfObject(entry);
  return { service: 'service', param: 'the parameter', env: 'the variable' }[entry.kind].concat(
    ` ${entry.name}`,
  );
};

function describe(entry: Entry, output: string, offset: number): string {
  if (entry.kind === 'env') return 'its value';
  const leaf = leafAt(entry, output, offset);
  if (leaf === undefined) return 'its value';
  return leaf.path === '' ? shown(leaf.text) : `${leaf.path}, ${shown(leaf.text)},`;
}

export interface Told {
  readonly breach: FileBreach;
  readonly origin: Origin;
  /** The file's content, foreign characters as what they stand for. */
  readonly output: string;
  readonly namespace: string;
  /** Whether the entry is left out for it. */
  readonly isLeftOut: boolean;
}

/** What a value does to the structure of a file, as a diagnostic. */
export function toUnsafeValue({ breach, origin, output, namespace, isLeftOut }: Told): Diagnostic {
  const { entry, place } = origin;
  const at = place === undefined ? '' : ` (printed by ${place.template}, line ${place.line})`;
  const config = `configmaps/${namespace}/config`;
  const inTemplate = {
    object: config,
    ...(place && { key: place.template, line: place.line, column: place.column }),
  };
  if (entry === undefined) {
    return {
      severity: isLeftOut ? 'error' : 'warning',
      code: UNSAFE_VALUE,
      message: `a value of unknown origin ${breach.deed} in ${breach.path}${at}`,
      hint: HINT,
      where: inTemplate,
    };
  }
  const consequence = isLeftOut ? ' is left out' : '';
  const objects = {
    service: { object: `configmaps/${namespace}/services`, key: entry.name },
    pod: { object: `pods/${entry.kind === 'pod' ? entry.namespace : ''}/${entry.name}` },
    object: { object: entry.kind === 'object' ? placeOfObject(entry) : '' },
    param: { object: 'params', key: entry.name },
    env: { object: 'env', key: entry.name },
  };
  return {
    severity: isLeftOut ? 'error' : 'warning',
    code: UNSAFE_VALUE,
    message: `${titleOf(entry)}${consequence}: ${describe(entry, output, breach.offset)} ${breach.deed} in ${breach.path}${at}`,
    hint: HINT,
    where: objects[entry.kind],
  };
}
