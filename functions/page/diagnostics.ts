import type { Diagnostic } from '../core/diagnostics.ts';
import { type Html, html } from './html.ts';
import { deliveredLine } from './origin.ts';
import { section } from './section.ts';

/** More are in the JSON. */
const MOST = 100;

const RANK = { error: 0, warning: 1 } as const;

/** Where in the inputs something is: `configmaps/lb/config template:3:5`. */
function placeOf({ where: { object, key, line, column } }: Diagnostic): string {
  const place = [object, key].filter((part) => part !== undefined).join(' ');
  return line === undefined ? place : `${place}:${line}:${column ?? 1}`;
}

/** What is wrong, where, with the line and a caret below it, and what to do. */
export function diagnosticItem(diagnostic: Diagnostic): Html {
  const { severity, code, message, hint, where, delivered } = diagnostic;
  return html`<p><strong class="${severity}">${severity}</strong> <code>${placeOf(diagnostic)}</code> <span class="code">${code}</span></p>
<p>${message}</p>
${where.excerpt !== undefined && html`<pre class="excerpt">${where.excerpt}</pre>`}${
  delivered && deliveredLine(delivered)
}<p class="hint">${hint}</p>`;
}

const isSame = (a: Diagnostic, b: Diagnostic): boolean =>
  a.message === b.message && placeOf(a) === placeOf(b);

/** Everything else that is wrong with the inputs than what is held back for it, errors first. */
export function diagnosticsSection(
  diagnostics: readonly Diagnostic[],
  held: readonly Diagnostic[],
): Html {
  const others = diagnostics.filter((found) => !held.some((told) => isSame(found, told)));
  const ranked = others.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const more = ranked.length - MOST;
  const body =
    ranked.length === 0
      ? html`<p>Nothing ${held.length > 0 && 'else '}is wrong with the inputs.</p>`
      : html`<ul class="findings">
${ranked.slice(0, MOST).map((found) => html`<li>${diagnosticItem(found)}</li>\n`)}</ul>
${more > 0 && html`<p>and ${more} more: <a href="./status">as JSON</a></p>`}`;
  return section({ id: 'diagnostics', title: 'Diagnostics', body });
}
