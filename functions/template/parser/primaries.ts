import { describeToken } from '../lexer/token.ts';
import type { Place } from '../syntax-fault.ts';
import { BaseParser } from './base.ts';
import { type Expression, node } from './nodes.ts';

const CONSTANTS: ReadonlyMap<unknown, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
interface TupleOptions {
  readonly withCondition?: boolean;
  readonly simplified?: boolean;
  readonly parenthesised?: boolean;
}

/** Literals, names, and what is in brackets of any kind. */
export abstract class PrimaryParser extends BaseParser {
  parsePrimary(): Expression {
    const token = this.tokens.current;
    switch (token.type) {
      case 'name': {
        this.tokens.next();
        const constant = CONSTANTS.get(token.value);
        return constant === undefined
          ? node('Symbol', token, { value: String(token.value), ctx: 'load' })
          : node('Literal', token, { value: constant });
      }
      case 'string':
        return this.parseStrings();
      case 'integer':
      case 'float':
        this.tokens.next();
        return node('Literal', token, { value: token.value });
      case 'lparen': {
        this.tokens.next();
        const inside = this.parseTuple({ parenthesised: true });
        this.tokens.expect('rparen');
        return inside;
      }
      case 'lbracket':
        return node('Array', token, {
          items: this.parseItems('rbracket', () => this.parseExpression()),
        });
      case 'lbrace':
        return node('Dict', token, { pairs: this.parseItems('rbrace', () => this.parsePair()) });
      default:
        return this.fail(
          `unexpected '${describeToken(token)}'`,
          token,
          'expected an expression here',
        );
    }
  }

  /** Neighbouring strings are one, as in Python. */
  private parseStrings(): Expression {
    const place = this.tokens.current;
    let value = '';
    while (this.tokens.is('string')) value += String(this.tokens.next().value);
    return node('Literal', place, { value });
  }

  private parseItems<T>(end: string, parse: () => T): T[] {
    this.tokens.next();
    const items: T[] = [];
    while (!this.tokens.is(end)) {
      if (items.length > 0) this.tokens.expect('comma');
      if (this.tokens.is(end)) break;
      items.push(parse());
    }
    this.tokens.expect(end);
    return items;
  }

  private parsePair(): { key: Expression; value: Expression } {
    const key = this.parseExpression();
    this.tokens.expect('colon');
    return { key, value: this.parseExpression() };
  }

  /** An expression, or a tuple where commas follow. */
  parseTuple(options: TupleOptions = {}): Expression {
    const { withCondition = true, simplified = false, parenthesised = false } = options;
    let place: Place = this.tokens.current;
    const items: Expression[] = [];
    let isTuple = false;
    for (;;) {
      if (items.length > 0) this.tokens.expect('comma');
      if (this.isTupleEnd()) break;
      items.push(
        simplified ? this.nested(() => this.parsePrimary()) : this.parseExpression(withCondition),
      );
      if (!this.tokens.is('comma')) break;
      isTuple = true;
      place = this.tokens.current;
    }
    if (!isTuple && items.length > 0) return items[0] as Expression;
    if (!isTuple && !parenthesised) {
      this.fail(`Expected an expression, got '${describeToken(this.tokens.current)}'`);
    }
    return node('Tuple', place, { items });
  }

  private isTupleEnd(): boolean {
    const { type } = this.tokens.current;
    return type === 'variable_end' || type === 'block_end' || type === 'rparen';
  }
}
