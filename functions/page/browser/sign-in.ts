import { ask, readPage, useToken } from './asker.ts';
import { type OnVisit, visit } from './visit.ts';

/** Lets whoever is not let in type a token, and go on with it. */
export function offerSignIn(onVisit: OnVisit): void {
  const form = document.getElementById('sign-in');
  if (!(form instanceof HTMLFormElement)) return;
  const field = form.querySelector('input');
  const error = document.getElementById('sign-in-error');
  form.hidden = false;
  document.getElementById('without-script')?.remove();
  field?.focus();

  async function signIn(token: string): Promise<void> {
    useToken(token);
    const response = await ask({ url: location.href });
    if (response.ok) return visit(location.href, onVisit);
    useToken(undefined);
    const page = await readPage(response);
    if (error) error.textContent = page.querySelector('main p')?.textContent ?? page.title;
    field?.select();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const token = field?.value.trim() ?? '';
    if (token === '') return;
    signIn(token).catch(() => {
      useToken(undefined);
      if (error) error.textContent = 'The service does not answer: try again.';
    });
  });
}
