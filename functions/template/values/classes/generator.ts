/** Values produced on demand and once, as Python's generators and iterators. `typeName` is how Python prints it. */
export class Generator implements IterableIterator<unknown> {
  readonly typeName: string;
  readonly label: string;
  private readonly source: Iterator<unknown>;

  /** @param label what it prints as, within `<... object at 0x...>`; Python shows an address, we a constant */
  constructor(source: Iterator<unknown>, label = 'generator object', typeName = 'generator') {
    this.source = source;
    this.label = label;
    this.typeName = typeName;
  }

  next(): IteratorResult<unknown> {
    return this.source.next();
  }

  [Symbol.iterator](): this {
    return this;
  }
}
