/** A line of haproxy.cfg as HAProxy reads it: Configuration Manual 2.2 "Quoting and escaping", 2.3 "Environment variables". */
import { BLANK, COMMENT, type LineReader, type Reading } from './words.ts';

/** What a character is beside a part of its word. */
export const ROLE = { quote: 1, escape: 2, escaped: 3, variable: 4 } as const;

const ESCAPED: Readonly<Record<string, string>> = {
  ' ': ' ',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '#': '#',
  t: '\t',
  n: '\n',
  r: '\r',
};
const HEX = /^[0-9A-Fa-f]{2}$/;
const VARIABLE =
  /\$(?:\{([A-Za-z_.][A-Za-z0-9_]*)(?:\[\*\])?(?:-[^}]*)?(\}?)|[A-Za-z_.][A-Za-z0-9_]*)?/y;

const isBlank = (character: string): boolean => character === ' ' || /[\t-\r]/.test(character);
const isControl = (character: string): boolean => /\p{Cc}/u.test(character);

/** Reads one line; `at` is the next character. */
class Line {
  readonly places: Int32Array;
  readonly roles: Uint8Array;
  readonly words: string[] = [];
  readonly controls: number[] = [];
  private readonly text: string;
  private at = 0;
  private quote = '';
  private open = '';
  private word: string | undefined;

  constructor(text: string) {
    this.text = text;
    this.places = new Int32Array(text.length);
    this.roles = new Uint8Array(text.length);
  }

  private end(): void {
    if (this.word !== undefined) this.words.push(this.word);
    this.word = undefined;
  }

  /** Takes characters as part of the word that is open. */
  private take(count: number, text: string, role: number): void {
    this.word = (this.word ?? '') + text;
    for (const end = Math.min(this.at + count, this.text.length); this.at < end; this.at++) {
      this.places[this.at] = this.words.length;
      this.roles[this.at] = role;
    }
  }

  private escape(): void {
    const { at, text, quote } = this;
    const next = text.charAt(at + 1);
    const hex = text.slice(at + 2, at + 4);
    if (next === 'x' && !HEX.test(hex)) this.open = '\\x';
    if (next === 'x' && HEX.test(hex)) this.takeEscape(4, String.fromCharCode(parseInt(hex, 16)));
    else if (next === '$' && quote === '"') this.takeEscape(2, '$');
    else if (Object.hasOwn(ESCAPED, next)) this.takeEscape(2, ESCAPED[next] as string);
    else this.take(1, '\\', 0);
  }

  private takeEscape(count: number, character: string): void {
    if (isControl(character)) this.controls.push(this.at);
    this.take(1, character, ROLE.escape);
    this.take(count - 1, '', ROLE.escaped);
  }

  private variable(): void {
    VARIABLE.lastIndex = this.at;
    const [matched = '$', , closed] = VARIABLE.exec(this.text) ?? [];
    if (matched === '$' || closed === '') this.open = '$';
    this.take(matched.length, matched, ROLE.variable);
  }

  private step(character: string): void {
    const { quote } = this;
    if (quote === "'") {
      if (character === quote) this.quote = '';
      this.take(1, character === quote ? '' : character, character === quote ? ROLE.quote : 0);
    } else if (character === '\\') this.escape();
    else if (character === '"' || (character === "'" && quote === '')) {
      this.quote = quote === '' ? character : '';
      this.take(1, '', ROLE.quote);
    } else if (character === '$' && quote === '"') this.variable();
    else if (quote === '' && isBlank(character)) {
      this.end();
      this.places[this.at++] = BLANK;
    } else if (quote === '' && character === '#') {
      this.places.fill(COMMENT, this.at);
      this.at = this.text.length;
    } else this.take(1, character, 0);
  }

  read(): Reading {
    while (this.at < this.text.length) this.step(this.text.charAt(this.at));
    this.end();
    const { places, roles, words, controls } = this;
    return { places, roles, words, open: this.quote || this.open, controls };
  }
}

export const readHaproxyLine: LineReader = (line) => new Line(line).read();
