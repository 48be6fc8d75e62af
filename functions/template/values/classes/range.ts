/** Python's `range`: a sequence that is computed, not stored. Its length is bounded by whoever makes it. */
export class Range {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly length: number;

  constructor(start: number, stop: number, step: number) {
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }

  at(index: number): number {
    return this.start + index * this.step;
  }

  toArray(): number[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index));
  }

  has(value: number): boolean {
    const index = (value - this.start) / this.step;
    return Number.isInteger(index) && index >= 0 && index < this.length;
  }

  /** The range of the items from `start` to before `end` by `step`, all of them positions. */
  slice(start: number, end: number, step: number): Range {
    return new Range(this.at(start), this.at(end), this.step * step);
  }
}
