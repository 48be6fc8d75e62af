import { type Content, documentText, type Html, html } from './html.ts';

/** The pages that every page leads to. */
const PAGES = [
  ['./', 'Overview'],
  ['./explain', 'Configuration'],
  ['./history', 'History'],
] as const;

export interface Frame {
  readonly title: string;
  /** Which of the pages this is. */
  readonly here?: (typeof PAGES)[number][0] | undefined;
  /** Whether everything is well. */
  readonly health?: Html | undefined;
  readonly body: Content;
  readonly version: string;
  /** When it was made: ages go on from there. */
  readonly now: number;
  /** Where the page asks for what is new, by itself: empty for its own address. */
  readonly alive?: string | undefined;
}

/** A whole document. Whatever it is made of comes from this service. */
export function frame({ title, here, health, body, version, now, alive }: Frame): string {
  const links = PAGES.map(
    ([to, name]) =>
      html`<li><a href="${to}"${to === here && html` aria-current="page"`}>${name}</a></li>\n`,
  );
  return documentText(html`<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="./page.css">
<script src="./page.js" type="module"></script>
</head>
<body data-now="${now}"${alive !== undefined && html` data-alive="${alive}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header>
<nav aria-label="Pages"><ul>
${links}</ul></nav>
${health}<p id="connection" role="status"></p>
</header>
<main id="main" tabindex="-1">
${body}</main>
<footer><p>kubernetes-haproxy ${version} · <a href="./status">as JSON</a></p></footer>
</body>
</html>`);
}
