import { SyntaxFault } from '../syntax-fault.ts';
import { describeExpected, describeToken, isToken, type Token } from './token.ts';

/** Jinja2's TokenStream: the current token is always read already. */
export class TokenStream {
  private readonly source: Iterator<Token, void>;
  private ahead: Token | undefined;
  current: Token = { type: 'initial', value: '', lineno: 1, colno: 1 };

  constructor(source: Iterator<Token, void>) {
    this.source = source;
    this.next();
  }

  /** Goes one token ahead, and returns the one left behind. */
  next(): Token {
    const left = this.current;
    this.current = this.ahead ?? this.read();
    this.ahead = undefined;
    return left;
  }

  /** The token after the current one. */
  look(): Token {
    this.ahead ??= this.read();
    return this.ahead;
  }

  is(expected: string): boolean {
    return isToken(this.current, expected);
  }

  skipIf(expected: string): boolean {
    if (!this.is(expected)) return false;
    this.next();
    return true;
  }

  /** @throws SyntaxFault */
  expect(expected: string): Token {
    if (this.is(expected)) return this.next();
    const wanted = describeExpected(expected);
    const quoted = wanted.includes("'") ? `"${wanted}"` : `'${wanted}'`;
    if (this.current.type === 'eof') {
      throw new SyntaxFault(`unexpected end of template, expected ${quoted}.`, this.current);
    }
    throw new SyntaxFault(
      `expected token ${quoted}, got '${describeToken(this.current)}'`,
      this.current,
      { hint: `expected ${wanted} here` },
    );
  }

  private read(): Token {
    if (this.current.type === 'eof') return this.current;
    const { done, value } = this.source.next();
    if (!done) return value;
    const { lineno, colno } = this.ahead ?? this.current;
    return { type: 'eof', value: '', lineno, colno };
  }
}
