/** What one benchmark tells. */
export interface Section {
  readonly title: string;
  /** What was measured, and how, in a sentence or two. */
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

const cell = (value: string | number) =>
  typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 1 }) : value;

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** A section as Markdown, its columns aligned for reading as text too. */
export function formatSection({ title, note, head, rows }: Section): string {
  const table = [head, ...rows.map((row) => row.map(cell))];
  const widths = head.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const padded = table.map((row) =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))),
  );
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const [top = [], ...others] = padded;
  return `## ${title}\n\n${note}\n\n${[top, rule, ...others].map(line).join('\n')}\n`;
}

/** A document with a section of this title replaced, or added at its end. */
export function putSection(document: string, section: Section): string {
  const [head = '', ...parts] = document.split(/^(?=## )/m);
  const kept = parts.map((part) => `${part.trimEnd()}\n`);
  const at = kept.findIndex((part) => part.startsWith(`## ${section.title}\n`));
  kept.splice(at < 0 ? kept.length : at, 1, formatSection(section));
  return `${head.trimEnd()}\n\n${kept.join('\n')}`;
}

/** The value that a share of all (0 to 1) does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
