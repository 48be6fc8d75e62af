import { formatAge } from '../../core/age.ts';
import { type HistoryRow, listNames } from '../../core/history-rows.ts';
import { shortHash } from '../../core/revision.ts';

/** Columns, aligned, two blanks between them. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows
    .map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

/** `rollout history`. */
export function formatHistory(rows: readonly HistoryRow[], now: number): string {
  const head = ['REVISION', 'HASH', 'AGE', 'STATE', 'BY', 'CHANGED', 'HELD BACK'];
  return formatTable([
    head,
    ...rows.map(({ revision, hash, at, state, by, changed, held }) => [
      String(revision),
      shortHash(hash),
      formatAge(now - Date.parse(at)),
      state || '-',
      by[0] ?? '-',
      changed || '-',
      listNames(held) || '-',
    ]),
  ]);
}
