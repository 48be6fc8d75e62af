import type { Dialect } from './dialect.ts';
import { escapeText, Markup } from './markup.ts';
import { str } from './print.ts';

/** `markupsafe.escape(value)`. */
export function escapeHtml(value: unknown, dialect: Dialect = 'jinja2'): Markup {
  return value instanceof Markup ? value : new Markup(escapeText(str(value, dialect)));
}
