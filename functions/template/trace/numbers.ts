const FIRST_SIZE = 256;

/** A list of whole numbers of 32 bits that grows: it costs the collector of garbage nothing. */
export class Numbers {
  length = 0;
  private items = new Int32Array(FIRST_SIZE);

  push(item: number): void {
    if (this.length === this.items.length) {
      const items = new Int32Array(2 * this.length);
      items.set(this.items);
      this.items = items;
    }
    this.items[this.length++] = item;
  }

  at(index: number): number {
    return this.items[index] as number;
  }

  set(index: number, item: number): void {
    this.items[index] = item;
  }
}
