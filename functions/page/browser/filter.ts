import { addressOf, look, type OnVisit } from './visit.ts';

/** Typing has stopped for so long, in milliseconds. */
const QUIET_MS = 250;

/** Shows what a form finds while somebody types into it. */
export function followTyping(onVisit: OnVisit): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('input', ({ target }) => {
    const form = target instanceof Element ? target.closest('form') : null;
    if (!form || !('follow' in form.dataset)) return;
    clearTimeout(timer);
    timer = setTimeout(() => look(addressOf(form), onVisit).catch(() => undefined), QUIET_MS);
  });
}
