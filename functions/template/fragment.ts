import { isForeign, plain } from './values/text/foreign.ts';

const LINE_FEED = 0x0a;

/** A piece of a render's output. What a later render uses again is the same object. */
export class Fragment {
  /** Foreign characters in it. */
  readonly text: string;
  readonly startsWithBreak: boolean;
  readonly endsWithBreak: boolean;
  /** Room for what a reader of the output finds out about the text: it is there again with the fragment. */
  note: unknown = undefined;
  private told: string | undefined;
  private hasForeign: boolean | undefined;

  constructor(text: string) {
    this.text = text;
    this.startsWithBreak = text.charCodeAt(0) === LINE_FEED;
    this.endsWithBreak = text.charCodeAt(text.length - 1) === LINE_FEED;
  }

  /** Whether the text has foreign characters. */
  get isForeign(): boolean {
    this.hasForeign ??= isForeign(this.text);
    return this.hasForeign;
  }

  /** The text with its foreign characters as what they stand for: the text itself where it has none. */
  get plain(): string {
    if (!this.isForeign) return this.text;
    this.told ??= plain(this.text);
    return this.told;
  }
}

/** The whole output, foreign characters in it. */
export const textOf = (fragments: readonly Fragment[]): string =>
  fragments.map(({ text }) => text).join('');

/** The whole output. */
export const plainOf = (fragments: readonly Fragment[]): string =>
  fragments.map((fragment) => fragment.plain).join('');
