import { type Content, type Html, html } from './html.ts';

export interface Table {
  /** What it is of, for those who do not see what stands around it. */
  readonly caption: Content;
  readonly head: readonly string[];
  /** The first cell of a row is what it is about. */
  readonly rows: readonly (readonly Content[])[];
  /** Of a row, by its number. */
  readonly mark?: (row: number) => string;
}

/** A table with its head and its rows told apart by scope; one that is too wide is scrolled by itself. */
export function table({ caption, head, rows, mark = () => '' }: Table): Html {
  const body = rows.map(
    ([first, ...rest], i) => html`<tr class="${mark(i)}">
<th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}
</tr>
`,
  );
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Table that may be wider than the page"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${body}</tbody>
</table></div>`;
}
