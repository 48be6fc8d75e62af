import { setClock } from './ages.ts';
import { ask, readPage } from './asker.ts';
import { takeParts } from './parts.ts';

const WAIT_S = 50;
/** Between questions, in milliseconds, however fast they are answered; and at most, while none is. */
const PAUSE_MS = { least: 500, most: 20_000 } as const;

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const isSeen = (): Promise<void> | undefined =>
  document.visibilityState === 'visible'
    ? undefined
    : new Promise((resolve) => {
        document.addEventListener('visibilitychange', () => resolve(), { once: true });
      });

/** Says whether the page is as the service has it now. */
function tellConnection(text: string): void {
  const place = document.getElementById('connection');
  if (place && place.textContent !== text) place.textContent = text;
}

/** What is asked for again and again: the page itself, or the line about everything that it shares with the overview. */
const addressOf = (alive: string): string => (alive === '' ? location.href : alive);

/** What was proven is proven no more: a token has ended. */
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

/**
 * Asks for what is new on this page for as long as it is open; begin it anew with another page.
 *
 * @param onRefused whoever looks is not let in any more
 */
export function keepAlive(onRefused: () => void): () => void {
  let turn = new AbortController();

  async function follow(signal: AbortSignal): Promise<void> {
    let etag: string | undefined;
    let pauseMs: number = PAUSE_MS.least;
    while (!signal.aborted) {
      await isSeen();
      const { alive } = document.body.dataset;
      if (alive === undefined || signal.aborted) return;
      try {
        const response = await ask({ url: addressOf(alive), etag, waitS: WAIT_S, signal });
        if (REFUSED.has(response.status)) return onRefused();
        if (response.status !== 304 && !response.ok) throw new Error(String(response.status));
        if (response.status !== 304) {
          const page = await readPage(response);
          if (signal.aborted) return;
          etag = response.headers.get('ETag') ?? undefined;
          setClock(page);
          takeParts(page);
        }
        tellConnection('');
        pauseMs = PAUSE_MS.least;
      } catch {
        if (signal.aborted) return;
        tellConnection('The service does not answer: this may be out of date.');
        pauseMs = Math.min(pauseMs * 2, PAUSE_MS.most);
      }
      await delay(pauseMs);
    }
  }

  return () => {
    turn.abort();
    turn = new AbortController();
    void follow(turn.signal);
  };
}
