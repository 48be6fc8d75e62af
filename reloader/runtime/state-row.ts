/** One server's row of `show servers state`. */
export interface StateRow {
  /** As HAProxy shows it. */
  readonly line: string;
  /** The cell of a column, empty where this version has no such column. Cheapest in the order of the columns. */
  cell(column: string): string;
}

/** Where each column of a header stands, from 0. */
type Columns = ReadonlyMap<string, number>;

const BLANK = 0x20;

/** Cuts out of the text what is asked for, and nothing else: of ten thousand rows few cells are. */
class Row implements StateRow {
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  readonly #columns: Columns;
  /** The cell that was read last, and where it begins. */
  #index = 0;
  #at: number;

  constructor(text: string, start: number, end: number, columns: Columns) {
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#columns = columns;
    this.#at = start;
  }

  get line(): string {
    return this.#text.slice(this.#start, this.#end);
  }

  cell(column: string): string {
    const index = this.#columns.get(column);
    return index !== undefined && this.#goTo(index)
      ? this.#text.slice(this.#at, this.#endOf(this.#at))
      : '';
  }

  /** Whether there is such a cell. */
  #goTo(index: number): boolean {
    if (index < this.#index) {
      this.#index = 0;
      this.#at = this.#start;
    }
    while (this.#index < index) {
      const end = this.#endOf(this.#at);
      if (end === this.#end) return false;
      this.#at = end + 1;
      this.#index += 1;
    }
    return true;
  }

  #endOf(start: number): number {
    let at = start;
    while (at < this.#end && this.#text.charCodeAt(at) !== BLANK) at += 1;
    return at;
  }
}

/**
 * The rows of `show servers state`, whose columns differ by version; one at a time, since there may be ten thousand.
 * Source: HAProxy management guide, 9.3.
 */
export function* parseStateRows(text: string): Generator<StateRow, void> {
  let columns: Columns = new Map();
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('\n', start);
    const end = next < 0 ? text.length : next;
    if (text.startsWith('# ', start)) {
      const names = text.slice(start + 2, end).split(' ');
      columns = new Map(names.map((name, i) => [name, i]));
    } else if (columns.size > 0) {
      const second = text.indexOf(' ', start);
      const third = second < 0 ? -1 : text.indexOf(' ', second + 1);
      if (third >= 0 && third < end) yield new Row(text, start, end, columns);
    }
    start = end + 1;
  }
}
