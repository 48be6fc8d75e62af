import { formatAge } from '../core/age.ts';
import { type Html, html } from './html.ts';

const DAY_MS = 86_400_000;

/** How long ago something was, with the time itself; the page's script goes on counting. */
export function ago(at: number, now: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" title="${iso}" data-ago>${formatAge(Math.max(0, now - at))} ago</time>`;
}

/** For how long something has been so. */
export function lasting(since: number, now: number): Html {
  const iso = new Date(since).toISOString();
  return html`<time datetime="${iso}" title="since ${iso}" data-for>for ${formatAge(Math.max(0, now - since))}</time>`;
}

/** When something is to come, in days. */
export function ahead(at: number, now: number): Html {
  const iso = new Date(at).toISOString();
  const days = Math.floor((at - now) / DAY_MS);
  const text = at <= now ? 'ended' : days === 0 ? `in ${formatAge(at - now)}` : `in ${days}d`;
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(0, 10)}</time> (${text})`;
}
