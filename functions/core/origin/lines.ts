import { plain } from '../../template/foreign.ts';
import type { Contribution, Step, Traced } from '../../template/index.ts';
import type { ExplainedFile, ExplainedLine, Origin, Owner, TemplatePlace, Way } from './origin.ts';
import type { Owners } from './owners.ts';

/** Which lines of a file: all of them unless something is given. */
export interface LineChoice {
  /** From 1 on, both included. */
  readonly from?: number;
  readonly to?: number;
  /** Those that have this text, whatever its case. */
  readonly find?: string;
  /** Not more than these. */
  readonly most?: number;
  /** These alone. */
  readonly numbers?: readonly number[];
}

const MOST_WAYS = 16;
const MOST_VARIABLES = 8;
const MOST_ALSO = 8;

/** Variables of the context that are not told by a service or a pod. */
const TOLD = new Set(['params', 'env', 'stats', 'certificates', 'ssldir', 'filesdir']);

const placeOf = ({ template, line, column }: Contribution | Step['place']): TemplatePlace => ({
  key: template,
  line,
  column,
});

function wayOf(steps: readonly Step[]): readonly Way[] {
  return steps.flatMap(({ kind, name, place }) =>
    kind === 'round' ? [] : [{ kind, ...(name !== undefined && { name }), ...placeOf(place) }],
  );
}

/** A loop over certificates tells which. */
function variablesOfStep({ kind, place, values: [item] }: Step): readonly string[] {
  if (kind !== 'round' || typeof item !== 'string') return place.variables;
  return place.variables.map((name) => (name === 'certificates' ? `${name}.${plain(item)}` : name));
}

const isTold = (name: string): boolean => TOLD.has(name.split('.', 1)[0] as string);

/** Of steps that are asked about again and again. */
const knownVariables = new WeakMap<readonly Step[], readonly string[]>();

function variablesOfSteps(steps: readonly Step[]): readonly string[] {
  const variables = knownVariables.get(steps) ?? steps.flatMap(variablesOfStep).filter(isTold);
  knownVariables.set(steps, variables);
  return variables;
}

function variablesOf(contributions: readonly Contribution[]): readonly string[] {
  const found = new Set<string>();
  let last: readonly Step[] | undefined;
  for (const { variables, steps } of contributions) {
    for (const name of variables) if (isTold(name)) found.add(name);
    if (steps !== last) for (const name of variablesOfSteps(steps)) found.add(name);
    last = steps;
  }
  return [...found];
}

type Part = TemplatePlace & Owner;

/** Further places: within a line of a template the columns of what belongs to the same are of no use. */
function othersOf([first, ...others]: readonly Contribution[], owners: Owners): readonly Part[] {
  const ownerOf = ({ steps, values }: Contribution) => owners.of(steps, values);
  const seen = new Map<string, Part>();
  let [last, lastOwner] = [first, first && ownerOf(first)];
  const keyOf = ({ column: _, ...part }: Part) => JSON.stringify(part);
  if (first) seen.set(keyOf({ ...placeOf(first), ...lastOwner }), placeOf(first));
  for (const other of others) {
    const owner = ownerOf(other);
    const isSame =
      other.line === last?.line && other.template === last.template && owner === lastOwner;
    [last, lastOwner] = [other, owner];
    if (isSame) continue;
    const part = { ...placeOf(other), ...owner };
    if (!seen.has(keyOf(part))) seen.set(keyOf(part), part);
    if (seen.size > MOST_ALSO) break;
  }
  return [...seen.values()].slice(1);
}

function originOf(contributions: readonly Contribution[], owners: Owners): Origin | undefined {
  const [first] = contributions;
  if (first === undefined) return undefined;
  const way = wayOf(first.steps).slice(-MOST_WAYS);
  const variables = variablesOf(contributions).slice(0, MOST_VARIABLES);
  const also = othersOf(contributions, owners);
  return {
    ...placeOf(first),
    ...owners.of(first.steps, first.values),
    ...(way.length > 0 && { way }),
    ...(variables.length > 0 && { variables }),
    ...(also.length > 0 && { also }),
  };
}

type Redact = (text: string) => string;

function chooser({ find, numbers }: LineChoice, redact: Redact) {
  const only = numbers && new Set(numbers);
  const sought = find?.toLowerCase();
  const has = (text: string): boolean =>
    sought === undefined || text.toLowerCase().includes(sought);
  return (line: number, text: string): boolean =>
    (!only || only.has(line)) &&
    has(text) &&
    // Nobody finds out a secret by looking for parts of it.
    (sought === undefined || has(redact(text)));
}

interface ChosenLine {
  readonly line: number;
  readonly text: string;
  /** Of its text in the content. */
  readonly start: number;
}

function chooseLines(content: string, choice: LineChoice, redact: Redact) {
  const { from = 1, to = Number.POSITIVE_INFINITY, most = Number.POSITIVE_INFINITY, find } = choice;
  const isChosen = chooser(choice, redact);
  const lines: ChosenLine[] = [];
  let [total, found] = [0, 0];
  // What follows the last line feed is no line. Lines out of the range are only counted: there may be thousands.
  for (let start = 0; start < content.length; ) {
    const feed = content.indexOf('\n', start);
    const end = feed === -1 ? content.length : feed;
    total += 1;
    if (total >= from && total <= to) {
      const text = content.slice(start, end);
      if (isChosen(total, text)) {
        found += 1;
        if (lines.length < most) lines.push({ line: total, text, start });
      }
    }
    start = end + 1;
  }
  return { lines, told: { total, ...(find !== undefined && { found }) } };
}

export interface PlainFile {
  readonly path: string;
  readonly content: string;
  /** Takes out of a line what must not be told. */
  readonly redact: Redact;
}

/** The lines of a delivered file, without what gave them. */
export function plainLines(
  { path, content, redact }: PlainFile,
  choice: LineChoice,
): ExplainedFile {
  const { lines, told } = chooseLines(content, choice, redact);
  return { path, lines: lines.map(({ line, text }) => ({ line, text: redact(text) })), ...told };
}

/** The lines of a delivered file, each with what gave it. */
export function explainFile(
  { path, traced, content, redact }: PlainFile & { readonly traced: Traced },
  owners: Owners,
  choice: LineChoice,
): ExplainedFile {
  const { lines, told } = chooseLines(content, choice, redact);
  const explain = ({ line, text, start }: ChosenLine): ExplainedLine => {
    const end = start + text.length;
    // A blank line is given by what gave its end.
    const parts = traced.contributions(start, text.trim() === '' ? end + 1 : end);
    const origin = originOf(parts, owners);
    return { line, text, ...(origin && { origin }) };
  };
  return { path, lines: lines.map(explain), ...told };
}
