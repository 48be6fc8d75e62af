import { SyntaxFault } from '../syntax-fault.ts';
import { float } from '../values/classes/float.ts';
import { repr } from '../values/print.ts';
import { stripRight } from '../values/text/text.ts';
import { unescapeString } from './string-literal.ts';
import { type Rules, rulesOf, SPACE, type Syntax } from './syntax.ts';
import { OPERATORS, type Token } from './token.ts';

const WHITESPACE = new RegExp(`${SPACE}+`, 'y');
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{N}_\p{XID_Continue}]+/uy;
const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const STRING = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y;
const OPERATOR = /\*\*|\/\/|[=!<>]=|[-+/*%~[\](){}<>=.:|,;]/y;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
const MAX_INTEGER_DIGITS = 4300;

/** Jinja2's lexer over one source. */
class Lexer {
  private readonly source: string;
  private readonly syntax: Syntax;
  private readonly rules: Rules;
  private position = 0;
  private lineno = 1;
  private lineStart = 0;
  private lineStarting = true;

  constructor(source: string, syntax: Syntax) {
    const lines = source.split(/\r\n|\r|\n/);
    if (!syntax.keepTrailingNewline && lines.at(-1) === '') lines.pop();
    this.source = lines.join('\n');
    this.syntax = syntax;
    this.rules = rulesOf(syntax);
  }

  *tokens(): Generator<Token, void> {
    while (this.position < this.source.length) {
      this.rules.tag.lastIndex = this.position;
      const tag = this.rules.tag.exec(this.source);
      if (tag === null) {
        yield this.token('data', this.newlines(this.source.slice(this.position)));
        this.advance(this.source.length);
        break;
      }
      const signs = tag.slice(1);
      const index = signs.findIndex((sign) => sign !== undefined);
      const kind = this.rules.kinds[index];
      const stripped = this.leadingText(tag.index, signs[index] ?? '', kind === 'variable');
      if (stripped !== '') yield this.token('data', this.newlines(stripped));
      this.advance(tag.index);
      const begin = this.token(kind === 'variable' ? 'variable_begin' : 'block_begin', tag[0]);
      this.advance(tag.index + tag[0].length);
      if (kind === 'raw') yield* this.raw();
      else if (kind === 'comment') this.skipComment();
      else if (kind === 'linecomment') this.skipLine();
      else {
        yield begin;
        yield* this.code(kind === 'block' ? 'block' : kind === 'variable' ? 'variable' : 'line');
      }
    }
  }

  private fail(message: string, hint?: string): never {
    throw new SyntaxFault(message, this.token('eof', ''), { hint });
  }

  private token(type: string, value: unknown): Token {
    return { type, value, lineno: this.lineno, colno: this.position - this.lineStart + 1 };
  }

  private newlines(text: string): string {
    return this.syntax.newlineSequence === '\n'
      ? text
      : text.replaceAll('\n', this.syntax.newlineSequence);
  }

  private advance(end: number): void {
    if (end > this.position) this.lineStarting = this.source.charCodeAt(end - 1) === 10;
    for (
      let newline = this.source.indexOf('\n', this.position);
      newline !== -1 && newline < end;
      newline = this.source.indexOf('\n', newline + 1)
    ) {
      this.lineno++;
      this.lineStart = newline + 1;
    }
    this.position = end;
  }

  /** The text before a tag, with the white space removed that the tag's sign or `lstrip_blocks` takes away. */
  private leadingText(end: number, sign: string, isVariable: boolean): string {
    const text = this.source.slice(this.position, end);
    if (sign === '-') return stripRight(text);
    if (sign === '+' || !this.syntax.lstripBlocks || isVariable) return text;
    const line = text.lastIndexOf('\n') + 1;
    if (line === 0 && !this.lineStarting) return text;
    WHITESPACE.lastIndex = line;
    return WHITESPACE.test(text) && WHITESPACE.lastIndex === text.length
      ? text.slice(0, line)
      : text;
  }

  private *raw(): Generator<Token, void> {
    this.rules.rawEnd.lastIndex = this.position;
    const end = this.rules.rawEnd.exec(this.source);
    if (end === null) {
      if (this.position >= this.source.length) return;
      this.fail('Missing end of raw directive', 'close it with {% endraw %}');
    }
    const text = this.leadingText(end.index, end[1] ?? '', false);
    if (text !== '') yield this.token('data', this.newlines(text));
    this.advance(end.index + end[0].length);
  }

  private skipComment(): void {
    this.rules.commentEnd.lastIndex = this.position;
    const end = this.rules.commentEnd.exec(this.source);
    if (end === null) {
      // A comment that starts at the very end is nothing at all, in Jinja2 too.
      if (this.position >= this.source.length) return;
      this.fail('Missing end of comment tag', `close it with ${this.syntax.commentEndString}`);
    }
    this.advance(end.index + end[0].length);
  }

  private skipLine(): void {
    const end = this.source.indexOf('\n', this.position);
    this.advance(end === -1 ? this.source.length : end);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    return pattern.exec(this.source)?.[0];
  }

  /** The tokens inside a tag, up to and with its end. */
  private *code(state: 'block' | 'variable' | 'line'): Generator<Token, void> {
    const end = {
      block: this.rules.blockEnd,
      variable: this.rules.variableEnd,
      line: this.rules.lineStatementEnd,
    }[state];
    const open: string[] = [];
    for (;;) {
      const closing = open.length === 0 ? this.match(end) : undefined;
      if (closing !== undefined) {
        yield this.token(state === 'variable' ? 'variable_end' : 'block_end', closing);
        this.advance(this.position + closing.length);
        return;
      }
      const space = this.match(WHITESPACE);
      if (space !== undefined) {
        this.advance(this.position + space.length);
        continue;
      }
      if (this.position >= this.source.length) return;
      yield this.codeToken(open);
    }
  }

  private codeToken(open: string[]): Token {
    const found = (text: string, type: string, value: unknown): Token => {
      const token = this.token(type, value);
      this.advance(this.position + text.length);
      return token;
    };
    let text = this.match(FLOAT);
    if (text !== undefined) return found(text, 'float', float(Number(text.replaceAll('_', ''))));
    text = this.match(INTEGER);
    if (text !== undefined) return found(text, 'integer', this.integer(text));
    text = this.match(NAME);
    if (text !== undefined) {
      if (!IDENTIFIER.test(text)) this.fail('Invalid character in identifier');
      return found(text, 'name', text);
    }
    text = this.match(STRING);
    if (text !== undefined) return found(text, 'string', this.string(text));
    text = this.match(OPERATOR);
    if (text === undefined) this.failAtCharacter();
    this.balance(text, open);
    return found(text, OPERATORS[text] as string, text);
  }

  private integer(text: string): number | bigint {
    const digits = text.replaceAll('_', '');
    if (digits.length > MAX_INTEGER_DIGITS) {
      this.fail(
        `Exceeds the limit (${MAX_INTEGER_DIGITS} digits) for integer string conversion: value has ${digits.length} digits; use sys.set_int_max_str_digits() to increase the limit`,
      );
    }
    const value = BigInt(digits);
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  private string(text: string): string {
    try {
      return unescapeString(this.newlines(text.slice(1, -1)));
    } catch (error) {
      this.fail((error as Error).message);
    }
  }

  private balance(operator: string, open: string[]): void {
    const closing = CLOSING[operator];
    if (closing !== undefined) open.push(closing);
    if (operator !== '}' && operator !== ')' && operator !== ']') return;
    const expected = open.pop();
    if (expected === undefined) this.fail(`unexpected '${operator}'`);
    if (expected !== operator) this.fail(`unexpected '${operator}', expected '${expected}'`);
  }

  private failAtCharacter(): never {
    const character = String.fromCodePoint(this.source.codePointAt(this.position) ?? 0);
    const position = Array.from(this.source.slice(0, this.position)).length;
    const isQuote = character === '"' || character === "'";
    this.fail(
      `unexpected char ${repr(character)} at ${position}`,
      isQuote ? 'this string has no end' : undefined,
    );
  }
}

/**
 * The tokens of a template, without white space, comments and raw tags; made one by one, so that a parser's error comes
 * before a later error of the lexer, as in Jinja2.
 *
 * @throws SyntaxFault
 */
export const tokensOf = (source: string, syntax: Syntax): Generator<Token, void> =>
  new Lexer(source, syntax).tokens();
