import { float } from '../values/float.ts';
import { int } from '../values/numeric.ts';
import { MAX_DEPTH, MAX_INT_DIGITS } from './limits.ts';
import { objectOf } from './object.ts';

/** Text that is not JSON. `offset` is where it stops being so, in UTF-16 units. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const SPACE = /[ \t\n\r]*/y;
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
/** What may stand in a string as it is: all but what RFC 8259 calls control characters, which DEL and its like are not. */
const CHARACTERS = /(?:[^"\\\p{Cc}]|[\x7f-\x9f])*/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

const A_VALUE = 'a value (text in double quotes, number, true, false, null, { or [)';

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
    return new JsonError(`expected ${what}`, this.at);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skip(character: string): boolean {
    const isThere = this.text.charAt(this.at) === character;
    if (isThere) {
      this.at++;
      this.match(SPACE);
    }
    return isThere;
  }

  private enter(): void {
    this.depth++;
    if (this.depth > MAX_DEPTH)
      throw new JsonError(
        `lists and objects lie more than ${MAX_DEPTH} deep in one another`,
        this.at,
      );
  }

  /** A value with the blanks around it. */
  private value(): unknown {
    this.match(SPACE);
    const value = this.bare();
    this.match(SPACE);
    return value;
  }

  private bare(): unknown {
    if (this.skip('{')) return this.object();
    if (this.skip('[')) return this.list();
    if (this.text.charAt(this.at) === '"') return this.string() ?? this.fail(A_VALUE);
    const word = this.match(WORD);
    if (word !== undefined) return WORDS[word];
    return this.number() ?? this.fail(A_VALUE);
  }

  private fail(what: string): never {
    throw this.expected(what);
  }

  private object(): unknown {
    this.enter();
    const entries = new Map<string, unknown>();
    if (!this.skip('}')) {
      do {
        const key = this.string() ?? this.fail('a name in double quotes');
        this.match(SPACE);
        if (!this.skip(':')) this.fail('":"');
        entries.set(key, this.value());
      } while (this.skip(','));
      if (!this.skip('}')) this.fail('"," or "}"');
    }
    this.depth--;
    return objectOf(entries);
  }

  private list(): unknown {
    this.enter();
    const items: unknown[] = [];
    if (!this.skip(']')) {
      do items.push(this.value());
      while (this.skip(','));
      if (!this.skip(']')) this.fail('"," or "]"');
    }
    this.depth--;
    return items;
  }

  /** A string; undefined, and nothing is read, where there is none or it does not end. */
  private string(): string | undefined {
    const start = this.at;
    if (this.text.charAt(start) !== '"') return undefined;
    this.at++;
    let hasEscape = false;
    for (;;) {
      this.match(CHARACTERS);
      if (this.match(ESCAPE) === undefined) break;
      hasEscape = true;
    }
    if (this.text.charAt(this.at) !== '"') {
      this.at = start;
      return undefined;
    }
    this.at++;
    if (hasEscape) return JSON.parse(this.text.slice(start, this.at)) as string;
    return this.text.slice(start + 1, this.at - 1);
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
