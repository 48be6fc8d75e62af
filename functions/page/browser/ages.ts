import { formatAge } from '../../core/age.ts';

/** How far this clock is ahead of the service's, in milliseconds. */
let ahead = 0;

/** The page of this document was written just now. */
export function setClock(page: Document): void {
  const now = Number(page.body.dataset.now);
  if (Number.isFinite(now)) ahead = Date.now() - now;
}

/** Lets the ages that are shown be those of now. */
export function showAges(): void {
  const now = Date.now() - ahead;
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-ago], time[data-for]')) {
    const age = formatAge(Math.max(0, now - Date.parse(time.dateTime)));
    const text = 'ago' in time.dataset ? `${age} ago` : `for ${age}`;
    if (time.textContent !== text) time.textContent = text;
  }
}
