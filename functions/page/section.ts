import { type Content, type Html, html } from './html.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  /** Replaced as the page is kept up to date. */
  readonly body: Content;
  /** What stands before that, and stays as people have left it: forms. */
  readonly before?: Content;
}

/** A part of a page with its heading. */
export const section = ({ id, title, body, before }: Section): Html =>
  html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${before}<div data-live="${id}">
${body}
</div>
</section>
`;
