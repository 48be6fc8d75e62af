const FIRST_SIZE = 256;

/** A list of whole numbers of 32 bits that grows: it costs the collector of garbage nothing. */
export class Numbers {
  length = 0;
  private items: Int32Array;

  /** @param size how many there will probably be */
  constructor(size = FIRST_SIZE) {
    this.items = new Int32Array(size);
  }

  push(item: number): void {
    if (this.length === this.items.length) this.grow();
    this.items[this.length++] = item;
  }

  /** Makes room for some more, which are to be set. @returns the index of the first */
  extend(count: number): number {
    const first = this.length;
    if (first + count > this.items.length) this.grow();
    this.length = first + count;
    return first;
  }

  private grow(): void {
    const items = new Int32Array(Math.max(FIRST_SIZE, 2 * this.items.length));
    items.set(this.items);
    this.items = items;
  }

  at(index: number): number {
    return this.items[index] as number;
  }

  set(index: number, item: number): void {
    this.items[index] = item;
  }
}
