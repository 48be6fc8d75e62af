import { type Example, readPage } from './example.ts';

const cellsOf = (line: string): readonly string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of the table of a page of an example whose first column has this title: more than one table may. */
export function readTable(
  example: Example,
  title: string,
  page = 'README.md',
): ReadonlyArray<readonly string[]> {
  const rows: Array<readonly string[]> = [];
  let isIn = false;
  for (const line of readPage(example, page).split('\n')) {
    const cells = line.startsWith('|') ? cellsOf(line) : undefined;
    if (cells === undefined) isIn = false;
    else if (cells[0] === title) isIn = true;
    else if (isIn && !cells[0]?.startsWith('---')) rows.push(cells);
  }
  return rows;
}

/** What stands in backticks. */
export const literals = (cell = ''): readonly string[] =>
  [...cell.matchAll(/`([^`]*)`/g)].map(([, text = '']) => text);
