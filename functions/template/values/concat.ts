import type { Dialect } from './dialect.ts';
import { escapeText } from './text/escape.ts';
import { checkText } from './limits.ts';
import { Markup } from './classes/markup.ts';
import { str } from './print.ts';

export interface ConcatOptions {
  readonly dialect: Dialect;
  /** Whether autoescape is on: then one Markup among the parts makes the result Markup, the others escaped. */
  readonly autoescape: boolean;
}

/** `a ~ b ~ c`. */
export function concat(parts: readonly unknown[], options: ConcatOptions): string | Markup {
  const { dialect, autoescape } = options;
  const safe = autoescape && parts.some((part) => part instanceof Markup);
  let text = '';
  for (const part of parts) {
    const piece = str(part, dialect);
    text += safe && !(part instanceof Markup) ? escapeText(piece) : piece;
    checkText(text.length);
  }
  return safe ? new Markup(text) : text;
}
