import type { Origin } from '../../core/origin/origin.ts';
import { originDetails } from '../origin-details.ts';

/** What gave the line of a row, as the page itself has it. */
export interface Told {
  readonly title: string;
  readonly origin: Origin | undefined;
}

export function readOriginOf(row: HTMLTableRowElement): Told {
  const { origin = '' } = row.dataset;
  const title = row.dataset.place ?? '';
  return { title, origin: origin === '' ? undefined : (JSON.parse(origin) as Origin) };
}

/** Shows it in the panel; whoever does not see it is told where that was asked for. */
export function showOrigin({ title, origin }: Told, isAsked: boolean): void {
  const panel = document.getElementById('origin');
  if (!panel) return;
  panel.setAttribute('aria-live', isAsked ? 'polite' : 'off');
  // What is written by `html` is escaped by it.
  panel.innerHTML = originDetails(title, origin).text;
}
