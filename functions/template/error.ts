import type { Place } from './syntax-fault.ts';

/** What went wrong, for programs: stable. */
export type TemplateErrorCode =
  | 'template-syntax'
  | 'template-undefined'
  | 'template-runtime'
  | 'template-not-found'
  | 'template-limit'
  | 'template-forbidden';

const CODES: Readonly<Record<string, TemplateErrorCode>> = {
  TemplateSyntaxError: 'template-syntax',
  TemplateAssertionError: 'template-syntax',
  SyntaxError: 'template-syntax',
  UndefinedError: 'template-undefined',
  TemplateNotFound: 'template-not-found',
  TemplatesNotFound: 'template-not-found',
  LimitError: 'template-limit',
  MemoryError: 'template-limit',
  RecursionError: 'template-limit',
  OverflowError: 'template-limit',
  SecurityError: 'template-forbidden',
};

/** The code of an error by the name that Python gives it. */
export const codeOf = (type: string): TemplateErrorCode =>
  Object.hasOwn(CODES, type) ? (CODES[type] as TemplateErrorCode) : 'template-runtime';

/** Longer lines are cut around the place that they are shown for. */
const MAX_EXCERPT = 160;

/** The line of a place with a caret under its column. */
export function excerptOf(source: string, { lineno, colno }: Place): string {
  const line = source.split(/\r\n|\r|\n/)[lineno - 1] ?? '';
  const start = Math.max(0, Math.min(colno - 1 - MAX_EXCERPT / 2, line.length - MAX_EXCERPT));
  const shown = line.slice(start, start + MAX_EXCERPT);
  const indent = shown.slice(0, Math.max(0, colno - 1 - start)).replace(/[^\t]/g, ' ');
  return `${shown}\n${indent}^`;
}

export interface TemplateErrorParts {
  readonly type: string;
  readonly message: string;
  readonly template: string;
  readonly source: string;
  readonly place: Place;
  readonly hint: string | undefined;
  readonly cause: unknown;
}

/** A template that does not compile or does not render. */
export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  /** The exception's name in Python: `UndefinedError`, `TypeError`. */
  readonly type: string;
  /** The name of the template that the error is in. */
  readonly template: string;
  /** Counted from 1: the line that Jinja2 reports. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** The line itself, and a caret under the column. */
  readonly excerpt: string;
  /** What was expected, or what to do; where something is known. */
  readonly hint: string | undefined;

  constructor(parts: TemplateErrorParts) {
    super(parts.message, { cause: parts.cause });
    this.name = 'TemplateError';
    this.type = parts.type;
    this.code = codeOf(parts.type);
    this.template = parts.template;
    this.line = parts.place.lineno;
    this.column = parts.place.colno;
    this.excerpt = excerptOf(parts.source, parts.place);
    this.hint = parts.hint;
  }
}
