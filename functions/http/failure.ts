import type { Diagnostic } from '../core/diagnostics.ts';

/** Says that newer input does not render, and that this answer is of the last input that did. */
export const FAILURE_HEADER = 'X-Config-Failure';

const text = (value: string) =>
  `"${value
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200)
    .replace(/["\\]/g, '\\$&')}"`;

/** `template-syntax; object="configmaps/lb/config"; key="template"; line=3; column=5`: an Item of RFC 9651. */
export function formatFailure({ code, where }: Diagnostic): string {
  const { object, key, line, column } = where;
  return [
    code,
    `object=${text(object)}`,
    ...(key === undefined ? [] : [`key=${text(key)}`]),
    ...(line === undefined ? [] : [`line=${line}`]),
    ...(column === undefined ? [] : [`column=${column}`]),
  ].join('; ');
}
