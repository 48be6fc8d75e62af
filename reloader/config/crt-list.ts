/**
 * One line of a crt-list: `FILE [options] filters`.
 * Source: HAProxy configuration manual, 5.1 `crt-list`.
 */
export interface CrtListLine {
  readonly file: string;
  /** The whole line, blanks collapsed. */
  readonly line: string;
  /** Names to serve it for, in lower case; empty for those in the certificate. */
  readonly filters: readonly string[];
}

export type CrtListResult =
  | { readonly kind: 'lines'; readonly lines: readonly CrtListLine[] }
  | { readonly kind: 'unclear'; readonly reason: string };

const LINE = /^(\S+)(?:\s+\[([^\]]*)\])?((?:\s+[^\s[\]]+)*)$/;

/** Reads a crt-list. Quoting, and one file named twice, are left to a reload. */
export function parseCrtList(content: string): CrtListResult {
  const lines: CrtListLine[] = [];
  const files = new Set<string>();
  let number = 0;
  for (const source of content.split('\n')) {
    number += 1;
    const line = source.trim().replace(/\s+/g, ' ');
    if (line === '' || line.startsWith('#')) continue;
    const [, file, , filters = ''] = LINE.exec(line) ?? [];
    if (file === undefined || /["'\\#@$]/.test(line))
      return { kind: 'unclear', reason: `line ${number} is not understood` };
    if (files.has(file)) return { kind: 'unclear', reason: `line ${number} names ${file} again` };
    files.add(file);
    const names = filters.toLowerCase().split(' ');
    lines.push({ file, line, filters: names.filter((name) => name !== '') });
  }
  return { kind: 'lines', lines };
}
