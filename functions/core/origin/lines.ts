import { plain } from '../../template/foreign.ts';
import type { Contribution, Step, Traced } from '../../template/index.ts';
import type { ExplainedFile, ExplainedLine, Origin, Owner, TemplatePlace, Way } from './origin.ts';
import type { Owners } from './owners.ts';

/** Lines, from 1 on and both included; all of them unless given. */
export interface LineRange {
  readonly from?: number;
  readonly to?: number;
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

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];

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

function variablesOf(contributions: readonly Contribution[]): readonly string[] {
  const all = contributions.flatMap(({ variables, steps }) => [
    ...variables,
    ...steps.flatMap(variablesOfStep),
  ]);
  return unique(all).filter((name) => TOLD.has(name.split('.', 1)[0] as string));
}

/** Within a line of a template the columns of what belongs to the same are of no use. */
const keyOf = ({ column: _, ...place }: TemplatePlace & Owner): string => JSON.stringify(place);

function originOf(contributions: readonly Contribution[], owners: Owners): Origin | undefined {
  const [first, ...others] = contributions;
  if (first === undefined) return undefined;
  const ownerOf = ({ steps, values }: Contribution) =>
    owners.of([...steps.map((step) => step.values), values]);
  const told = { ...placeOf(first), ...ownerOf(first) };
  const also = new Map<string, TemplatePlace & Owner>([[keyOf(told), told]]);
  for (const other of others) {
    if (also.size > MOST_ALSO) break;
    const part = { ...placeOf(other), ...ownerOf(other) };
    if (!also.has(keyOf(part))) also.set(keyOf(part), part);
  }
  const way = wayOf(first.steps).slice(-MOST_WAYS);
  const variables = variablesOf(contributions).slice(0, MOST_VARIABLES);
  const more = [...also.values()].slice(1);
  return {
    ...told,
    ...(way.length > 0 && { way }),
    ...(variables.length > 0 && { variables }),
    ...(more.length > 0 && { also: more }),
  };
}

/** The lines of a delivered file, each with what gave it. */
export function explainFile(
  { path, traced, content }: { path: string; traced: Traced; content: string },
  owners: Owners,
  { from = 1, to = Number.POSITIVE_INFINITY }: LineRange,
): ExplainedFile {
  const lines: ExplainedLine[] = [];
  let start = 0;
  const all = content.split('\n');
  // What follows the last line feed is no line.
  if (all.at(-1) === '') all.pop();
  for (const [i, text] of all.entries()) {
    const end = start + text.length;
    if (i + 1 > to) break;
    if (i + 1 >= from) {
      // A blank line is given by what gave its end.
      const isBlank = text.trim() === '';
      const found = traced.contributions(start, isBlank ? end + 1 : end);
      const origin = originOf(found, owners);
      lines.push({ line: i + 1, text, ...(origin && { origin }) });
    }
    start = end + 1;
  }
  return { path, lines };
}
