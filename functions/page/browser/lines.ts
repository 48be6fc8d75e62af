import { readOriginOf, showOrigin } from './origin-panel.ts';

const rowOf = (target: EventTarget | null): HTMLTableRowElement | null =>
  target instanceof Element ? target.closest<HTMLTableRowElement>('tr[data-place]') : null;

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

/** Whether it is known what gave it. */
const isTold = (row: HTMLTableRowElement): boolean => 'origin' in row.dataset;

function showRow(row: HTMLTableRowElement | null): void {
  if (row && isTold(row)) showOrigin(readOriginOf(row), false);
}

/** Where the pointer was last, in pixels. */
let pointer = { x: -1, y: -1 };

/** Whether somebody has moved the pointer: lines also move below one that rests. */
function hasMoved({ clientX: x, clientY: y }: PointerEvent): boolean {
  const before = pointer;
  pointer = { x, y };
  return before.x !== x || before.y !== y;
}

/** Shows what gave the line that has the focus, or that the pointer rests on, where that was found out meanwhile. */
export function showAgain(): void {
  const below = document.elementFromPoint(pointer.x, pointer.y);
  showRow(rowOf(document.activeElement) ?? rowOf(below) ?? chosenRow());
}

/** Shows what gave a line: of the one that is pointed at, has the focus, or was clicked. */
export function followLines(): void {
  const show = ({ target }: Event): void => showRow(rowOf(target));
  document.addEventListener('pointerover', (event) => {
    if (!hasMoved(event)) return;
    const chosen = chosenRow();
    if (rowOf(event.target)) show(event);
    else showRow(chosen);
  });
  document.addEventListener('focusin', show);
  document.addEventListener('click', (event) => {
    const row = rowOf(event.target);
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isElsewhere = link !== null && link !== row?.querySelector('th a');
    if (!row || !isTold(row) || isElsewhere || event.ctrlKey || event.metaKey || event.shiftKey)
      return;
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
