import { formatOrigin } from '../core/origin/origin.ts';
import type { ExplainedFile, ExplainedLine } from '../core/origin/origin.ts';
import { shortHash } from '../core/revision.ts';
import { type Content, type Html, html } from './html.ts';
import { link } from './link.ts';
import { originDetails } from './origin-details.ts';

/** Lines of a page. */
export const PAGE_LINES = 200;

/** What is looked at. */
export interface ConfigurationView {
  readonly file: string;
  /** The first line that is shown, unless text is looked for. */
  readonly from: number;
  /** The line that somebody has chosen. */
  readonly chosen: number | undefined;
  readonly find: string;
  /** As it was asked for. */
  readonly revision: string | undefined;
  /** What else chooses it, as a query has it: `zone=a`. */
  readonly variant: Readonly<Record<string, string>>;
}

export interface Configuration {
  readonly view: ConfigurationView;
  /** The lines of the page. */
  readonly file: ExplainedFile;
  /** All files that there are. */
  readonly paths: readonly string[];
  readonly certificates: readonly string[];
  /** The one that it is of, and its hash. */
  readonly revision: string;
  readonly etag: string;
  /** What gave the lines is not known yet. */
  readonly isPending: boolean;
  /** Others that proxies ask for, each as a query. */
  readonly variants: readonly Readonly<Record<string, string>>[];
}

type Query = Readonly<Record<string, string | number | undefined>>;

const to = ({ file, revision, variant }: ConfigurationView, more: Query): string =>
  link('explain', { ...variant, file, revision, ...more });

function row(line: ExplainedLine, { view, isPending }: Configuration): Html {
  const { line: number, text, origin } = line;
  // Who comes from a search sees the line where it stands.
  const href = `${to(view, { line: number })}#L${number}`;
  return html`<tr id="L${number}" class="${number === view.chosen ? 'chosen' : ''}" data-place="${view.file}, line ${number}"${!isPending && html` data-origin="${origin ? JSON.stringify(origin) : ''}"`}><th scope="row"><a href="${href}">${number}</a></th><td><code>${text}</code></td><td class="origin">${origin && formatOrigin(origin)}</td></tr>
`;
}

function linesTable(configuration: Configuration): Content {
  const { view, file } = configuration;
  const { lines, total, found } = file;
  if (lines.length === 0)
    return html`<p>${view.find === '' ? `${view.file} has ${total} lines, and none from ${view.from} on.` : `No line of ${view.file} has "${view.find}".`}</p>`;
  const caption =
    view.find === ''
      ? `Lines ${lines[0]?.line} to ${lines.at(-1)?.line} of ${total} of ${view.file}`
      : `${found} of ${total} lines of ${view.file} have "${view.find}"${(found ?? 0) > lines.length ? `; the first ${lines.length}` : ''}`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Lines that may be wider than the page"><table class="lines">
<caption>${caption}</caption>
<thead><tr><th scope="col">Line</th><th scope="col">Text</th><th scope="col">Comes from</th></tr></thead>
<tbody>
${lines.map((line) => row(line, configuration))}</tbody>
</table></div>`;
}

function pager({ view, file: { total } }: Configuration): Content {
  if (view.find !== '' || total <= PAGE_LINES) return undefined;
  const { from } = view;
  const last = Math.floor((total - 1) / PAGE_LINES) * PAGE_LINES + 1;
  const item = (name: string, start: number, isOf: boolean) =>
    isOf && html`<li><a href="${to(view, { from: start })}">${name}</a></li>\n`;
  return html`<nav aria-label="Pages of the file"><ul class="pager">
${item('first', 1, from > 1)}${item('previous', Math.max(1, from - PAGE_LINES), from > 1)}${item('next', from + PAGE_LINES, from + PAGE_LINES <= total)}${item('last', last, from < last)}</ul></nav>
`;
}

function form({ view, paths }: Configuration): Html {
  const hidden = Object.entries({ ...view.variant, revision: view.revision ?? '' }).map(
    ([name, value]) => value !== '' && html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const options = paths.map(
    (path) => html`<option${path === view.file && html` selected`}>${path}</option>`,
  );
  return html`<form action="./explain" method="get" role="search" aria-label="Lines" data-follow>
${hidden}<label for="file">File</label> <select id="file" name="file" data-live="files">${options}</select>
<label for="find">Lines with</label> <input id="find" name="find" type="search" value="${view.find}" autocomplete="off" spellcheck="false">
<button>Find</button>
</form>
`;
}

function variantList({ variants, view }: Configuration): Content {
  if (variants.length < 2) return undefined;
  const items = variants.map(
    (variant) =>
      html`<li><a href="${link('explain', { ...variant, file: view.file, revision: view.revision })}">${Object.entries(
        variant,
      )
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}</a></li>\n`,
  );
  return html`<details><summary>Proxies ask for ${variants.length} variants</summary><ul>
${items}</ul></details>
`;
}

/** A delivered file, each line with what gave it. */
export function configurationBody(configuration: Configuration): Html {
  const { view, file, revision, etag, certificates, isPending } = configuration;
  const chosen = file.lines.find(({ line }) => line === view.chosen);
  const again = to(view, { from: view.from, find: view.find, line: view.chosen });
  const panel = isPending
    ? html`<p data-pending>What gave each line is being found out: <a href="${again}">look again</a> in a moment.</p>`
    : chosen
      ? originDetails(`${view.file}, line ${chosen.line}`, chosen.origin)
      : html`<p>Point at a line, or go to its number, to see what gave it.</p>`;
  return html`<h1>Configuration</h1>
<p data-live="about">Of revision <code title="${revision}">${shortHash(revision)}</code>, ${
    view.revision === undefined ? 'which is served now' : 'with the pods of now'
  }; its hash is <code title="${etag}">${shortHash(etag)}</code>${
    certificates.length > 0 && `, with ${certificates.length} certificates`
  }.</p>
${variantList(configuration)}${form(configuration)}<div data-live="lines">
${linesTable(configuration)}
${pager(configuration)}</div>
<aside id="origin" aria-label="What gave the line" aria-live="off" data-live="origin">
${panel}
</aside>
`;
}
