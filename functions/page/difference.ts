import { type Change, hunksOf, isChange, type Sides } from '../difference/changes.ts';
import type { BoundedPatches, FilePatch } from '../difference/patches.ts';
import { formatOrigin } from '../core/origin/origin.ts';
import { shortHash } from '../core/revision.ts';
import { type Content, type Html, html } from './html.ts';
import { link } from './link.ts';

/** Of a file; the command tells all. */
const MOST_LINES = 1000;

/** One of the two that are compared. */
export interface Side {
  /** As it was asked for. */
  readonly name: string;
  readonly revision: string;
}

export interface Difference {
  readonly from: Side;
  readonly to: Side;
  /** What else chooses what is compared, as a query has it. */
  readonly variant: Readonly<Record<string, string>>;
  /** What people wrote; absent where that is not kept. */
  readonly written?: BoundedPatches | undefined;
  /** What comes of it, with the endpoints of now. */
  readonly given: BoundedPatches;
  readonly files: Sides;
}

const KINDS = {
  from: { row: 'removed', sign: '−', word: 'only before' },
  to: { row: 'added', sign: '+', word: 'only after' },
} as const;

type Address = (change: Change) => string | undefined;

function changedRow(change: Change, address: Address): Html {
  const { side, line, text, origin, path } = change;
  const { row, sign, word } = KINDS[side];
  const to = address(change);
  const number = to === undefined ? line : html`<a href="${to}">${line}</a>`;
  const code =
    side === 'from' ? html`<del><code>${text}</code></del>` : html`<ins><code>${text}</code></ins>`;
  return html`<tr class="${row}" data-place="${path}, line ${line}, ${word}" data-origin="${origin ? JSON.stringify(origin) : ''}"><th scope="row"><span title="${word}">${sign}</span> ${number}</th><td>${code}</td><td class="origin">${origin && formatOrigin(origin)}</td></tr>
`;
}

const sameRow = (
  text: string,
): Html => html`<tr><td></td><td><code>${text.slice(1)}</code></td><td></td></tr>
`;

function fileTable(file: FilePatch, sides: Sides, address: Address): Html {
  const rows = hunksOf(file, sides).flatMap(({ hunk, lines }) => [
    html`<tr class="hunk"><td></td><td><code>@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@</code></td><td></td></tr>
`,
    ...lines.map((line) => (isChange(line) ? changedRow(line, address) : sameRow(line))),
  ]);
  const more = rows.length - MOST_LINES;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Lines of ${file.name} that may be wider than the page"><table class="lines">
<caption>${file.name}</caption>
<thead><tr><th scope="col">Line</th><th scope="col">Text</th><th scope="col">Comes from</th></tr></thead>
<tbody>
${rows.slice(0, MOST_LINES)}</tbody>
</table></div>
${more > 0 && html`<p>and ${more} more lines: ask <code>kubernetes-haproxy diff</code></p>`}`;
}

const NO_ORIGINS: Sides = { from: [], to: [] };

function filesList({ patches, untold }: BoundedPatches, sides: Sides, address: Address): Content {
  if (patches.length + untold.length === 0) return html`<p>They are the same.</p>`;
  return [
    patches.map((file) => fileTable(file, sides, address)),
    untold.map(
      (name) =>
        html`<p>${name} differs in too much to be told here: ask <code>kubernetes-haproxy diff</code></p>`,
    ),
  ];
}

/** How two revisions differ: what people wrote, and what comes of it. */
export function differenceBody(difference: Difference): Html {
  const { from, to, variant, written, given, files } = difference;
  const sides = { from, to };
  const address: Address = ({ side, path, line }) =>
    `${link('explain', { ...variant, file: path, line, revision: sides[side].name })}#L${line}`;
  const side = ({ name, revision }: Side) =>
    html`<a href="${link('explain', { ...variant, revision: name })}">revision ${name}</a> (<code title="${revision}">${shortHash(revision)}</code>)`;
  return html`<h1>Difference</h1>
<p>From ${side(from)} to ${side(to)}, with the pods of now. <a href="./history">Other revisions</a></p>
<section aria-labelledby="written"><h2 id="written">What people wrote</h2>
${written ? filesList(written, NO_ORIGINS, () => undefined) : html`<p>One of them is not kept.</p>`}</section>
<section aria-labelledby="given"><h2 id="given">What comes of it</h2>
${filesList(given, files, address)}</section>
<aside id="origin" aria-label="What gave the line" aria-live="off"><p>Point at a line that differs, or go to its number, to see what gave it.</p></aside>
`;
}
