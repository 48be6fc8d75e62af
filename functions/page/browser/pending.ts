import { showAgain } from './lines.ts';
import { isAsking, look, type OnVisit } from './visit.ts';

/** Between looks, in milliseconds. */
const AGAIN_MS = 1000;

/** Looks again where a page says that a part of it is yet to be found out, until it is. */
export function awaitPending(onVisit: OnVisit): void {
  const found = (): void => {
    showAgain();
    onVisit();
  };
  setInterval(() => {
    const isPending = document.querySelector('[data-pending]') !== null;
    if (isPending && !isAsking() && document.visibilityState === 'visible')
      look(location.href, found).catch(() => undefined);
  }, AGAIN_MS);
}
