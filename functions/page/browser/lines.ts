import { readOriginOf, showOrigin } from './origin-panel.ts';

const rowOf = (target: EventTarget | null): HTMLTableRowElement | null =>
  target instanceof Element ? target.closest<HTMLTableRowElement>('tr[data-origin]') : null;

/** The row that stays shown whatever is pointed at: the one that was clicked last. */
const chosenRow = (): HTMLTableRowElement | null =>
  document.querySelector<HTMLTableRowElement>('tr.chosen[data-origin]');

function choose(row: HTMLTableRowElement): void {
  for (const other of document.querySelectorAll('tr.chosen')) other.classList.remove('chosen');
  row.classList.add('chosen');
  const link = row.querySelector('a');
  // Who reloads the page, or hands its address on, finds the same line.
  if (link) history.replaceState(history.state, '', link.href);
  showOrigin(readOriginOf(row), true);
}

/** To the line above or below, as in a list. */
function step(row: HTMLTableRowElement, forward: boolean): void {
  let next = forward ? row.nextElementSibling : row.previousElementSibling;
  while (next && !(next instanceof HTMLTableRowElement && next.querySelector('a')))
    next = forward ? next.nextElementSibling : next.previousElementSibling;
  next?.querySelector('a')?.focus();
}

let pointedAt = '';

/** Whether somebody has moved the pointer: lines also move below one that rests. */
function hasMoved({ clientX, clientY }: PointerEvent): boolean {
  const before = pointedAt;
  pointedAt = `${clientX} ${clientY}`;
  return before !== pointedAt;
}

/** Shows what gave a line: of the one that is pointed at, has the focus, or was clicked. */
export function followLines(): void {
  const show = ({ target }: Event): void => {
    const row = rowOf(target);
    if (row) showOrigin(readOriginOf(row), false);
  };
  document.addEventListener('pointerover', (event) => {
    if (!hasMoved(event)) return;
    const chosen = chosenRow();
    if (rowOf(event.target)) show(event);
    else if (chosen) showOrigin(readOriginOf(chosen), false);
  });
  document.addEventListener('focusin', show);
  document.addEventListener('click', (event) => {
    const row = rowOf(event.target);
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isElsewhere = link !== null && link !== row?.querySelector('th a');
    if (!row || isElsewhere || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(row);
  });
  document.addEventListener('keydown', (event) => {
    const row = rowOf(event.target);
    if (!row || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
    event.preventDefault();
    step(row, event.key === 'ArrowDown');
  });
}
