/** Python 3's `bytes`, as `str.encode` gives it. One character of `latin1` a byte. */
export class Bytes {
  readonly latin1: string;

  constructor(latin1: string) {
    this.latin1 = latin1;
  }
}
