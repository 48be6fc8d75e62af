import type { Origin } from './origin/origin.ts';

/** Where in the inputs something is wrong. Lines and columns count from 1. */
export interface Place {
  /** The object: `configmaps/lb/services`. */
  readonly object: string;
  readonly key?: string;
  readonly line?: number;
  readonly column?: number;
  /** The line itself, with a caret below the column. */
  readonly excerpt?: string;
}

/** A line of a delivered file that something is about. */
export interface DeliveredLine {
  readonly path: string;
  /** From 1; absent where it is told by a name alone. */
  readonly line?: number;
  readonly text: string;
  /** What gave it, where that is known. */
  readonly origin?: Origin;
}

/** Something that the owner of an input should know: what happened, where, and what to do about it. */
export interface Diagnostic {
  /** `error`: something of the input is left out, or the last good bundle stays. `warning`: nothing is. */
  readonly severity: 'error' | 'warning';
  /** Stable; scripts and alerts may rely on it. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly where: Place;
  /** Where HAProxy has found it. */
  readonly delivered?: DeliveredLine;
}

/** Line and column (from 1, in UTF-16 code units) of an offset into a text, and the line with a caret below it. */
export function locate(
  text: string,
  offset: number,
): Required<Pick<Place, 'line' | 'column' | 'excerpt'>> {
  const before = text.slice(0, offset).split('\n');
  const start = offset - (before.at(-1)?.length ?? 0);
  const end = text.indexOf('\n', start);
  const column = offset - start + 1;
  const shown = text.slice(start, end < 0 ? undefined : end).slice(0, 200);
  return {
    line: before.length,
    column,
    excerpt: `${shown}\n${' '.repeat(Math.min(column - 1, 200))}^`,
  };
}

/** The line of a place, with a caret below its column; both from 1. */
export function excerptAt(
  text: string,
  { line, column }: { line: number; column: number },
): string {
  const before = text.split('\n').slice(0, line - 1);
  const offset = before.reduce((sum, one) => sum + one.length + 1, 0);
  return locate(text, offset + column - 1).excerpt;
}

function rank(diagnostic: Diagnostic): string {
  const { object, key = '', line = 0, column = 0 } = diagnostic.where;
  const position = `${String(line).padStart(9, '0')}:${String(column).padStart(9, '0')}`;
  return [object, key, position, diagnostic.code, diagnostic.message].join('\0');
}

/** What is found only because of another fault at the same place, and would mislead beside it. */
const CAUSES: Readonly<Record<string, string>> = {
  'service-pods-unread': 'service-namespace-name',
};

const placed = (code: string | undefined, { where: { object, key = '' } }: Diagnostic): string =>
  [code, object, key].join('\0');

/** Diagnostics in the order of their places, each once, without what only follows from another. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Set(diagnostics.map((diagnostic) => placed(diagnostic.code, diagnostic)));
  const own = diagnostics.filter(
    (diagnostic) => !told.has(placed(CAUSES[diagnostic.code], diagnostic)),
  );
  const ranked = new Map(own.map((diagnostic) => [rank(diagnostic), diagnostic]));
  return [...ranked.keys()].sort().map((key) => ranked.get(key) as Diagnostic);
}

/** One diagnostic as people read it on a terminal: place, severity, message, excerpt, hint. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { severity, code, message, hint, where, delivered } = diagnostic;
  const place = [where.object, where.key].filter(Boolean).join(' ');
  const position = where.line === undefined ? '' : `:${where.line}:${where.column ?? 1}`;
  const excerpt = where.excerpt === undefined ? '' : `\n${where.excerpt.replace(/^/gm, '    ')}`;
  const given = delivered === undefined ? '' : `\n    gives: ${delivered.text.trim()}`;
  return `${place}${position}: ${severity}: ${message} [${code}]${excerpt}${given}\n    ${hint}`;
}
