import { aware } from './aware.ts';
import type { Dialect } from '../dialect.ts';
import { Markup } from '../classes/markup.ts';
import { str } from '../print.ts';

const UNSAFE = /[&<>'"]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

/** Text with `&<>'"` as entities, spelt as markupsafe spells them. */
export const escapeText = aware(
  (text: string): string => text.replace(UNSAFE, (character) => ENTITIES[character] ?? character),
  // An entity has a `#`.
  { spreads: true },
);

/** `markupsafe.escape(value)`. */
export function escapeHtml(value: unknown, dialect: Dialect = 'jinja2'): Markup {
  return value instanceof Markup ? value : new Markup(escapeText(str(value, dialect)));
}
