import type { ProblemDetails } from '../wire/problem.ts';
import { frame } from './frame.ts';
import { type Html, html } from './html.ts';

/** Who did not prove who he is, or not well enough, may give another token. */
const ABOUT_THE_READER = new Set([401, 403]);

/** The token is kept by the page's script alone: without it nobody could send one. */
const signIn = html`<form id="sign-in" method="post" autocomplete="off" hidden>
<h2 id="sign-in-title">Sign in</h2>
<label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" required aria-describedby="token-help">
<button>Show</button>
<p id="token-help">It is kept by this page alone, and is gone when you reload or close it.</p>
<p id="sign-in-error" role="alert"></p>
</form>
<div id="without-script">
<p>Without JavaScript a page cannot send a token. Come with a client certificate, or through a reverse proxy that proves who you are (docs/operations.md), or ask by command:</p>
<pre>kubernetes-haproxy status --token-file FILE URL</pre>
</div>
`;

/** What went wrong, as a page; with a form where a token may help. */
export function problemPage(
  { code, status, title, detail, hint }: ProblemDetails,
  { version, now }: { readonly version: string; readonly now: number },
): string {
  const body: Html = html`<h1>${title}</h1>
<p>${detail} <span class="code">${code}</span></p>
<p class="hint">${hint}</p>
${ABOUT_THE_READER.has(status) && signIn}`;
  return frame({ title: `${title} · kubernetes-haproxy`, body, version, now });
}
