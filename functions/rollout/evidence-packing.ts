import {
  type Ends,
  type EvidenceSummary,
  MEASURES,
  RECENT_WINDOWS,
  type Sides,
  type Aggregates,
  type Aggregate,
  aggregatesOf,
} from './evidence-summary.ts';

/** In the order of the numbers of `formatSummary`. */
const COUNTED = ['bad', 'of', 'proxies', 'worse'] as const;
const SIDES = ['candidate', 'stable'] as const;
const AGGREGATES = (RECENT_WINDOWS + 1) * SIDES.length + 3;
const COUNTS = 1 + AGGREGATES * MEASURES.length * COUNTED.length + SIDES.length * 3;
const MOST_TEXT = 4_000;
const NAME_LENGTH = 253;

const countsOf = (aggregates: Aggregates): readonly number[] =>
  MEASURES.flatMap((measure) => COUNTED.map((count) => aggregates[measure][count]));

const countsOfSides = (sides: Sides): readonly number[] =>
  SIDES.flatMap((side) => countsOf(sides[side]));

/** About 600 characters, 4,000 at most: numbers in a fixed order, then two names. */
export function formatSummary(summary: EvidenceSummary): string {
  const { looks, recent, peak, step, before, worst, ends } = summary;
  const counts = [
    looks,
    ...recent.flatMap(countsOfSides),
    ...countsOf(peak),
    ...countsOfSides(step),
    ...countsOf(before),
    ...countsOf(worst),
    ...SIDES.flatMap((side) => [ends[side].proxies, ends[side].dead, ends[side].outOfMemory]),
  ];
  const names = SIDES.map((side) => (ends[side].example ?? '').slice(0, NAME_LENGTH));
  return JSON.stringify([...counts, ...names]);
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= NAME_LENGTH;

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = text.length <= MOST_TEXT ? JSON.parse(text) : [];
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function readTallies(next: () => number): Aggregates {
  const readAggregate = (): Aggregate => ({
    bad: next(),
    of: next(),
    proxies: next(),
    worse: next(),
  });
  return aggregatesOf(readAggregate);
}

const readSides = (next: () => number): Sides => ({
  candidate: readTallies(next),
  stable: readTallies(next),
});

function readEnds(next: () => number, example: unknown): Ends {
  const [proxies, dead, outOfMemory] = [next(), next(), next()];
  return { proxies, dead, outOfMemory, ...(isName(example) && example !== '' && { example }) };
}

/** Reads what `formatSummary` wrote; undefined for anything else. */
export function parseSummary(text: string): EvidenceSummary | undefined {
  const list = parseList(text);
  const counts = list.slice(0, COUNTS);
  const names = list.slice(COUNTS);
  if (list.length !== COUNTS + SIDES.length || !counts.every(isCount) || !names.every(isName))
    return undefined;
  let at = 0;
  const next = () => counts[at++] as number;
  return {
    looks: next(),
    recent: Array.from({ length: RECENT_WINDOWS }, () => readSides(next)),
    peak: readTallies(next),
    step: readSides(next),
    before: readTallies(next),
    worst: readTallies(next),
    ends: { candidate: readEnds(next, names[0]), stable: readEnds(next, names[1]) },
  };
}
