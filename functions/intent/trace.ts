import { type Intent, serviceOf, type Unit } from '../core/intent.ts';
import type { RenderedFile } from '../core/render.ts';
import type { Telltale } from '../core/origin/telltale.ts';

export interface TraceOptions {
  readonly newest: Intent;
  /** The units that may be to blame. */
  readonly units: readonly Unit[];
  /** The files that a render without these units gives too, or undefined where it fails. */
  readonly render: (held: readonly Unit[]) => Promise<readonly RenderedFile[] | undefined>;
}

/** Units that are tried one by one before all are halved. */
const MOST_LIKELY = 5;
const SHORTEST_WORD = 3;

function wordsOf(json: string): readonly string[] {
  return json.split(/[^\w.-]+/).filter((word) => word.length >= SHORTEST_WORD);
}

/** How much of a service's name and values stands in the line or in the header of its section. */
function likeness(unit: Unit, { newest }: TraceOptions, { line, header }: Telltale): number {
  const name = serviceOf(unit);
  if (name === undefined) return 0;
  const text = `${header}\n${line}`;
  const isNamed = text.split(/[^\w.-]+/).includes(name);
  const value = newest.services?.[name] ?? '';
  const matches = wordsOf(value).filter((word) => text.includes(word)).length;
  return (isNamed ? 100 : text.includes(name) ? 10 : 0) + matches;
}

const has = (files: readonly RenderedFile[] | undefined, { path, line }: Telltale): number =>
  files
    ?.find((file) => file.path === path)
    ?.content.split('\n')
    .filter((l) => l === line).length ?? 0;

/**
 * The unit that a line of a delivered file comes from: the one without which a render has the line once less. The
 * likely ones are tried first; no check is spent on it.
 */
export async function traceLine(
  telltale: Telltale,
  options: TraceOptions,
): Promise<Unit | undefined> {
  const { units, render } = options;
  const before = has(await render([]), telltale);
  if (before === 0) return undefined;
  const isWithout = async (held: readonly Unit[]) => has(await render(held), telltale) < before;
  const ranked = units
    .map((unit) => ({ unit, rank: likeness(unit, options, telltale) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || (a.unit < b.unit ? -1 : 1));
  for (const { unit } of ranked.slice(0, MOST_LIKELY)) if (await isWithout([unit])) return unit;
  if (!(await isWithout(units))) return undefined;
  let [start, end] = [0, units.length];
  while (end - start > 1) {
    const middle = (start + end) >> 1;
    if (await isWithout(units.slice(start, middle))) end = middle;
    else start = middle;
  }
  const found = units[start] as Unit;
  return (await isWithout([found])) ? found : undefined;
}
