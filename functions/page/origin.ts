import type { DeliveredLine } from '../core/diagnostics.ts';
import { formatOrigin } from '../core/origin/origin.ts';
import { type Html, html } from './html.ts';
import { link } from './link.ts';

/** A line of a delivered file that something is about, with what gave it, and the way to it. */
export function deliveredLine(
  { path, line, text, origin }: DeliveredLine,
  revision?: string,
): Html {
  const place = line === undefined ? path : `${path}:${line}`;
  const to = link('explain', { file: path, line, revision });
  return html`<p class="delivered"><a href="${to}">${place}</a> <code>${text.trim()}</code>${
    origin && html` <span class="origin">comes from ${formatOrigin(origin)}</span>`
  }</p>`;
}
