import { TokenStream } from '../lexer/stream.ts';
import type { Token } from '../lexer/token.ts';
import { Parser } from '../nunjucks.ts';
import { type Place, SyntaxFault } from '../syntax-fault.ts';
import type { Expression } from './nodes.ts';

/** Nested deeper, an expression would exhaust the stack of the parser, of the compiler, or of V8. */
const MAX_DEPTH = 150;

/** nunjucks's Parser over Jinja2's token stream. */
export abstract class BaseParser extends Parser {
  declare readonly tokens: TokenStream;
  private depth = 0;

  constructor(tokens: Iterator<Token, void>) {
    super(new TokenStream(tokens));
  }

  abstract parseExpression(withCondition?: boolean): Expression;

  /** @throws SyntaxFault */
  fail(message: string, place: Place = this.tokens.current, hint?: string): never {
    throw new SyntaxFault(message, place, { hint });
  }

  /** Parses one level deeper. @throws SyntaxFault when the template nests too deep */
  protected nested<T>(parse: () => T): T {
    if (++this.depth > MAX_DEPTH) {
      this.failTooDeep();
    }
    const parsed = parse();
    this.depth--;
    return parsed;
  }

  /** Counts the links of a chain, which nests as deep. @throws SyntaxFault */
  protected checkChain(links: number): void {
    if (links > MAX_DEPTH) this.failTooDeep();
  }

  private failTooDeep(): never {
    throw new SyntaxFault('too many nested expressions or blocks', this.tokens.current, {
      type: 'RecursionError',
    });
  }
}
