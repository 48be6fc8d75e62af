import { serviceUnit, type Unit } from '../core/intent.ts';
import { isObjectNamed } from '../core/intent-objects.ts';
import type { RenderedFile } from '../core/render.ts';
import type { LineReference } from '../core/origin/line-reference.ts';
import type { Clue } from './fault.ts';

export interface TraceOptions {
  /** The units that may be to blame. */
  readonly units: readonly Unit[];
  /** The files that a render without these units gives too, or undefined where it fails. */
  readonly render: (held: readonly Unit[]) => Promise<readonly RenderedFile[] | undefined>;
}

/** Units that are tried one by one before all are halved. */
const MOST_LIKELY = 5;

const has = (files: readonly RenderedFile[] | undefined, { path, line }: LineReference): number =>
  files
    ?.find((file) => file.path === path)
    ?.content.split('\n')
    .filter((l) => l === line).length ?? 0;

/**
 * The unit that a line of a delivered file comes from: the one without which a render has the line once less. Those that
 * its origin names are tried first; no check is spent on it.
 */
export async function traceLine(
  reference: Clue,
  { units, render }: TraceOptions,
): Promise<Unit | undefined> {
  const likely = (reference.owners ?? []).flatMap(({ service, object }) =>
    units.filter((unit) =>
      object ? isObjectNamed(unit, object) : service !== undefined && unit === serviceUnit(service),
    ),
  );
  const before = has(await render([]), reference);
  if (before === 0) return undefined;
  const isWithout = async (held: readonly Unit[]) => has(await render(held), reference) < before;
  for (const unit of likely.slice(0, MOST_LIKELY)) if (await isWithout([unit])) return unit;
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
