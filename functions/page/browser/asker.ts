/** What a page of the service is asked with. */
export interface Question {
  readonly url: string;
  /** What is known already: the answer may wait until there is something else. */
  readonly etag?: string | undefined;
  readonly waitS?: number;
  readonly signal?: AbortSignal;
}

/** Kept here alone: it is gone with the page. */
let token: string | undefined;

export const hasToken = (): boolean => token !== undefined;

export function useToken(given: string | undefined): void {
  token = given;
}

/** Asks the service, by the token that was typed, if one was. */
export function ask({ url, etag, waitS, signal }: Question): Promise<Response> {
  const headers = new Headers({ Accept: 'text/html' });
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
  if (etag !== undefined) headers.set('If-None-Match', etag);
  if (waitS !== undefined) headers.set('Prefer', `wait=${waitS}`);
  return fetch(url, { headers, cache: 'no-store', redirect: 'error', signal: signal ?? null });
}

/** A page as the service sent it; what is no page is shown as it is. */
export async function readPage(response: Response): Promise<Document> {
  const text = await response.text();
  const isPage = response.headers.get('Content-Type')?.startsWith('text/html') ?? false;
  if (isPage) return new DOMParser().parseFromString(text, 'text/html');
  const page = document.implementation.createHTMLDocument(document.title);
  const main = page.createElement('main');
  const raw = page.createElement('pre');
  raw.textContent = text;
  main.append(raw);
  page.body.append(main);
  return page;
}
