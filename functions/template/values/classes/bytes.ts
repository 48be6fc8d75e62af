/** Python 3's `bytes`, as `str.encode` gives it. One character of `latin1` a byte. */
export class Bytes {
  readonly latin1: string;
  /** The text that they were made of, if that had foreign characters. */
  readonly source: string;

  constructor(latin1: string, source = '') {
    this.latin1 = latin1;
    this.source = source;
  }
}
