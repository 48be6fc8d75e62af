import { float } from '../values/classes/float.ts';
import { int } from '../values/numbers/numeric.ts';
import { MAX_DEPTH, MAX_INT_DIGITS } from './limits.ts';
import { objectOf } from './object.ts';
import {
  afterString,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isSpace,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from './text.ts';

/** Text that is not JSON. `offset` is where it stops being so, in UTF-16 units. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null|NaN|-?Infinity/y;
const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};
/** What makes a string more, or less, than its characters: escapes, and the control characters that none may hold. */
const ODD = /[\\\p{Cc}]/u;

const BYTE_ORDER_MARK = 0xfeff;
const A_VALUE = 'a value (text in double quotes, number, true, false, null, { or [)';

/** A string with escapes in it; undefined where they are none. */
function parsed(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

const bareOf = (quoted: string): string | undefined =>
  quoted.length > 1 && quoted.endsWith('"') ? quoted.slice(1, -1) : undefined;

/** A text that is read from its beginning to its end. */
class Reader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): unknown {
    const value = this.value();
    if (this.at < this.text.length) throw this.expected('nothing more');
    return value;
  }

  private expected(what: string): JsonError {
    // Editors write it at the begin of a file, and show nothing there.
    const isMark = this.text.charCodeAt(this.at) === BYTE_ORDER_MARK;
    const found = isMark ? ', not a byte order mark (U+FEFF)' : '';
    return new JsonError(`expected ${what}${found}`, this.at);
  }

  private skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
  }

  private skip(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    this.skipSpace();
    return true;
  }

  private enter(): void {
    this.depth++;
    if (this.depth > MAX_DEPTH)
      throw new JsonError(`lists and objects are nested more than ${MAX_DEPTH} deep`, this.at);
  }

  /** A value with the blanks around it. */
  private value(): unknown {
    this.skipSpace();
    const value = this.bare();
    this.skipSpace();
    return value;
  }

  private bare(): unknown {
    if (this.skip(OPEN_OBJECT)) return this.object();
    if (this.skip(OPEN_LIST)) return this.list();
    if (this.text.charCodeAt(this.at) === QUOTE) return this.string() ?? this.fail(A_VALUE);
    return this.number() ?? this.word();
  }

  private word(): unknown {
    WORD.lastIndex = this.at;
    const word = WORD.exec(this.text)?.[0] ?? this.fail(A_VALUE);
    this.at += word.length;
    return WORDS[word];
  }

  private fail(what: string): never {
    throw this.expected(what);
  }

  private object(): unknown {
    this.enter();
    const entries = new Map<string, unknown>();
    if (!this.skip(CLOSE_OBJECT)) {
      do {
        const key = this.string() ?? this.fail('a name in double quotes');
        this.skipSpace();
        if (!this.skip(COLON)) this.fail('":"');
        entries.set(key, this.value());
      } while (this.skip(COMMA));
      if (!this.skip(CLOSE_OBJECT)) this.fail('"," or "}"');
    }
    this.depth--;
    return objectOf(entries);
  }

  private list(): unknown {
    this.enter();
    const items: unknown[] = [];
    if (!this.skip(CLOSE_LIST)) {
      do items.push(this.value());
      while (this.skip(COMMA));
      if (!this.skip(CLOSE_LIST)) this.fail('"," or "]"');
    }
    this.depth--;
    return items;
  }

  /** A string; undefined, and nothing is read, where there is none or it does not end. */
  private string(): string | undefined {
    const { text, at } = this;
    if (text.charCodeAt(at) !== QUOTE) return undefined;
    const end = afterString(text, at + 1);
    const quoted = text.slice(at, end);
    const string = ODD.test(quoted) ? parsed(quoted) : bareOf(quoted);
    if (string !== undefined) this.at = end;
    return string;
  }

  private number(): unknown {
    const start = this.at;
    NUMBER.lastIndex = start;
    const found = NUMBER.exec(this.text);
    if (found === null) return undefined;
    const [digits, fraction, exponent] = found;
    this.at += digits.length;
    if (fraction !== undefined || exponent !== undefined) return float(Number(digits));
    if (digits.replace('-', '').length > MAX_INT_DIGITS)
      throw new JsonError(`a number has more than ${MAX_INT_DIGITS} digits`, start);
    return int(BigInt(digits));
  }
}

/**
 * Reads JSON as Python's `json.loads` does, value for value.
 *
 * @throws JsonError
 */
export const readExactly = (text: string): unknown => new Reader(text).whole();
