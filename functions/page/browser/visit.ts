import { setClock, showAges } from './ages.ts';
import { ask, hasToken, readPage } from './asker.ts';
import { takeParts } from './parts.ts';

/** Somebody has gone on to another page. */
export type OnVisit = () => void;

let latest = new AbortController();

let underWay = 0;

/** Whether somebody has asked for something that is not there yet. */
export const isAsking = (): boolean => underWay > 0;

/** Asks for a page; a later question makes an earlier one needless. */
async function askFor(url: string): Promise<{ readonly isOk: boolean; readonly page: Document }> {
  latest.abort();
  latest = new AbortController();
  underWay += 1;
  try {
    const response = await ask({ url, signal: latest.signal });
    return { isOk: response.ok, page: await readPage(response) };
  } finally {
    underWay -= 1;
  }
}

/** Puts a whole page in the place of this one. */
function replacePage(page: Document): void {
  const main = document.querySelector('main');
  const header = document.querySelector('header');
  const [newMain, newHeader] = [page.querySelector('main'), page.querySelector('header')];
  if (main && newMain) main.replaceWith(document.importNode(newMain, true));
  if (header && newHeader) header.replaceWith(document.importNode(newHeader, true));
  if (page.title !== '') document.title = page.title;
  const { alive } = page.body.dataset;
  if (alive === undefined) delete document.body.dataset.alive;
  else document.body.dataset.alive = alive;
  setClock(page);
  showAges();
}

function goTo(url: string): void {
  const { hash } = new URL(url, location.href);
  const target = hash === '' ? undefined : document.getElementById(hash.slice(1));
  if (target) target.scrollIntoView();
  else scrollTo(0, 0);
  // Who does not see the page is told that it is another one.
  document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
}

/** Shows the page at an address, as the browser would, with the token that it has not got. */
export async function visit(url: string, onVisit: OnVisit): Promise<void> {
  const { page } = await askFor(url);
  replacePage(page);
  onVisit();
  goTo(url);
}

/** Shows other parts of this same page, and lets everything else stand as it is. */
export async function look(url: string, onVisit: OnVisit): Promise<void> {
  const { isOk, page } = await askFor(url);
  if (!isOk) return;
  takeParts(page);
  history.replaceState(history.state, '', url);
  onVisit();
}

/** The address that a form leads to. */
export function addressOf(form: HTMLFormElement): string {
  const url = new URL(form.action);
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (typeof value === 'string' && value !== '') fields.set(name, value);
  url.search = fields.toString();
  return url.href;
}

const isOwn = (url: string): boolean => new URL(url, location.href).origin === location.origin;

/** The document that is shown: a place in it needs no visit. */
const isHere = (url: string): boolean => {
  const { pathname, search, hash } = new URL(url, location.href);
  return hash !== '' && pathname === location.pathname && search === location.search;
};

/** Lets links and forms be followed with the token: the browser would go without it. */
export function followLinks(onVisit: OnVisit): void {
  const follow = (url: string, event: Event): void => {
    if (!hasToken() || !isOwn(url) || isHere(url)) return;
    event.preventDefault();
    history.pushState(null, '', url);
    visit(url, onVisit).catch(() => undefined);
  };
  document.addEventListener('click', (event) => {
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (isPlain && link && !event.defaultPrevented) follow(link.href, event);
  });
  document.addEventListener('submit', (event) => {
    if (event.target instanceof HTMLFormElement && event.target.method === 'get')
      follow(addressOf(event.target), event);
  });
  addEventListener('popstate', () => {
    if (hasToken()) visit(location.href, onVisit).catch(() => undefined);
  });
}
