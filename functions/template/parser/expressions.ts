import { TokenStream } from '../lexer/stream.ts';
import { describeToken, isToken, type Token } from '../lexer/token.ts';
import { Parser } from '../nunjucks.ts';
import { type Place, SyntaxFault } from '../syntax-fault.ts';
import { type Arguments, type Expression, type NodeOf, node } from './nodes.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'lteq', 'gt', 'gteq']);
const SUMS = { add: 'Add', sub: 'Sub' } as const;
const PRODUCTS = { mul: 'Mul', div: 'Div', floordiv: 'FloorDiv', mod: 'Mod' } as const;
const CONSTANTS: ReadonlyMap<unknown, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
/** What may start the argument of a test without parentheses: `is divisibleby 3`. */
const BARE_ARGUMENT: ReadonlySet<string> = new Set([
  'name',
  'string',
  'integer',
  'float',
  'lbracket',
  'lbrace',
]);
/** Nested deeper, an expression would exhaust the stack of the parser, of the compiler, or of V8. */
const MAX_DEPTH = 150;

interface TupleOptions {
  readonly withCondition?: boolean;
  readonly simplified?: boolean;
  readonly parenthesised?: boolean;
}

/** Jinja2's grammar of expressions, on nunjucks's Parser. */
export class ExpressionParser extends Parser {
  declare readonly tokens: TokenStream;
  private depth = 0;

  constructor(tokens: Iterator<Token, void>) {
    super(new TokenStream(tokens));
  }

  /** @throws SyntaxFault */
  fail(message: string, place: Place = this.tokens.current, hint?: string): never {
    throw new SyntaxFault(message, place, { hint });
  }

  /** Parses one level deeper. @throws SyntaxFault when the template nests too deep */
  protected nested<T>(parse: () => T): T {
    if (++this.depth > MAX_DEPTH) {
      throw new SyntaxFault('too many nested expressions or blocks', this.tokens.current, {
        type: 'RecursionError',
      });
    }
    const parsed = parse();
    this.depth--;
    return parsed;
  }

  parseExpression(withCondition = true): Expression {
    return this.nested(() => (withCondition ? this.parseInlineIf() : this.parseOr()));
  }

  parseInlineIf(): Expression {
    let place: Place = this.tokens.current;
    let body = this.parseOr();
    while (this.tokens.skipIf('name:if')) {
      const cond = this.parseOr();
      const else_ = this.tokens.skipIf('name:else')
        ? this.nested(() => this.parseInlineIf())
        : undefined;
      body = node('InlineIf', place, { cond, body, else_ });
      place = this.tokens.current;
    }
    return body;
  }

  parseOr(): Expression {
    let place: Place = this.tokens.current;
    let left = this.parseAnd();
    while (this.tokens.skipIf('name:or')) {
      left = node('Or', place, { left, right: this.parseAnd() });
      place = this.tokens.current;
    }
    return left;
  }

  parseAnd(): Expression {
    let place: Place = this.tokens.current;
    let left = this.parseNot();
    while (this.tokens.skipIf('name:and')) {
      left = node('And', place, { left, right: this.parseNot() });
      place = this.tokens.current;
    }
    return left;
  }

  parseNot(): Expression {
    if (!this.tokens.is('name:not')) return this.parseCompare();
    const place = this.tokens.next();
    return node('Not', place, { target: this.nested(() => this.parseNot()) });
  }

  parseCompare(): Expression {
    let place: Place = this.tokens.current;
    const expr = this.parseAdd();
    const ops: { op: string; expr: Expression }[] = [];
    for (;;) {
      const op = this.comparison();
      if (op === undefined) break;
      ops.push({ op, expr: this.parseAdd() });
      place = this.tokens.current;
    }
    return ops.length === 0 ? expr : node('Compare', place, { expr, ops });
  }

  private comparison(): string | undefined {
    const { current } = this.tokens;
    if (COMPARISONS.has(current.type)) return this.tokens.next().type;
    if (this.tokens.skipIf('name:in')) return 'in';
    if (!this.tokens.is('name:not') || !isToken(this.tokens.look(), 'name:in')) return undefined;
    this.tokens.next();
    this.tokens.next();
    return 'notin';
  }

  private binary(
    operators: Readonly<Record<string, 'Add' | 'Sub' | 'Mul' | 'Div' | 'FloorDiv' | 'Mod' | 'Pow'>>,
    operand: () => Expression,
  ): Expression {
    let place: Place = this.tokens.current;
    let left = operand();
    for (;;) {
      const { type } = this.tokens.current;
      const typename = Object.hasOwn(operators, type) ? operators[type] : undefined;
      if (typename === undefined) return left;
      this.tokens.next();
      left = node(typename, place, { left, right: operand() });
      place = this.tokens.current;
    }
  }

  parseAdd(): Expression {
    return this.binary(SUMS, () => this.parseConcat());
  }

  parseConcat(): Expression {
    const place = this.tokens.current;
    const items = [this.parseMul()];
    while (this.tokens.skipIf('tilde')) items.push(this.parseMul());
    return items.length === 1 ? (items[0] as Expression) : node('Concat', place, { items });
  }

  parseMul(): Expression {
    return this.binary(PRODUCTS, () => this.parsePow());
  }

  parsePow(): Expression {
    return this.binary({ pow: 'Pow' }, () => this.parseUnary());
  }

  parseUnary(withFilter = true): Expression {
    const place = this.tokens.current;
    let parsed: Expression;
    if (place.type === 'sub' || place.type === 'add') {
      this.tokens.next();
      const target = this.nested(() => this.parseUnary(false));
      parsed = node(place.type === 'sub' ? 'Neg' : 'Pos', place, { target });
    } else {
      parsed = this.parsePrimary();
    }
    parsed = this.parsePostfix(parsed);
    return withFilter ? this.parseFilterExpression(parsed) : parsed;
  }

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

  parsePostfix(start: Expression): Expression {
    let target = start;
    for (let links = 0; ; links++) {
      this.checkChain(links);
      if (this.tokens.is('dot')) target = this.parseAttribute(target);
      else if (this.tokens.is('lbracket')) target = this.parseSubscript(target);
      else if (this.tokens.is('lparen')) target = this.parseCall(target);
      else return target;
    }
  }

  parseFilterExpression(start: Expression): Expression {
    let target = start;
    for (let links = 0; ; links++) {
      this.checkChain(links);
      if (this.tokens.is('pipe')) target = this.parseFilter(target);
      else if (this.tokens.is('name:is')) target = this.parseTest(target);
      else if (this.tokens.is('lparen')) target = this.parseCall(target);
      else return target;
    }
  }

  private checkChain(links: number): void {
    if (links <= MAX_DEPTH) return;
    throw new SyntaxFault('too many nested expressions or blocks', this.tokens.current, {
      type: 'RecursionError',
    });
  }

  private parseAttribute(target: Expression): Expression {
    const dot = this.tokens.next();
    const attribute = this.tokens.next();
    if (attribute.type === 'name') {
      return node(
        'Getattr',
        { ...dot, colno: attribute.colno },
        { target, attr: String(attribute.value) },
      );
    }
    if (attribute.type !== 'integer') this.fail('expected name or number', attribute);
    const val = node('Literal', attribute, { value: attribute.value });
    return node('LookupVal', dot, { target, val });
  }

  private parseSubscript(target: Expression): Expression {
    const place = this.tokens.next();
    const items: Expression[] = [];
    while (!this.tokens.is('rbracket')) {
      if (items.length > 0) this.tokens.expect('comma');
      items.push(this.parseSubscribed());
    }
    this.tokens.expect('rbracket');
    const val = items.length === 1 ? (items[0] as Expression) : node('Tuple', place, { items });
    return node('LookupVal', place, { target, val });
  }

  private parseSubscribed(): Expression {
    const place = this.tokens.current;
    const start = this.tokens.is('colon') ? undefined : this.parseExpression();
    if (start !== undefined && !this.tokens.is('colon')) return start;
    this.tokens.next();
    const stop = this.parseBound();
    const step = this.tokens.skipIf('colon') ? this.parseBound() : undefined;
    return node('Slice', place, { start, stop, step });
  }

  private parseBound(): Expression | undefined {
    const { type } = this.tokens.current;
    if (type === 'colon' || type === 'rbracket' || type === 'comma') return undefined;
    return this.parseExpression();
  }

  parseCall(target: Expression): NodeOf<'FunCall'> {
    const place = this.tokens.current;
    return node('FunCall', place, { target, ...this.parseArguments() });
  }

  parseArguments(): Arguments {
    const place = this.tokens.expect('lparen');
    const args: Expression[] = [];
    const kwargs: { key: string; value: Expression }[] = [];
    let dynArgs: Expression | undefined;
    let dynKwargs: Expression | undefined;
    const ensure = (isValid: boolean): void => {
      if (!isValid) this.fail('invalid syntax for function call expression', place);
    };
    for (let first = true; !this.tokens.is('rparen'); first = false) {
      if (!first) {
        this.tokens.expect('comma');
        if (this.tokens.is('rparen')) break;
      }
      if (this.tokens.is('mul')) {
        ensure(dynArgs === undefined && dynKwargs === undefined);
        this.tokens.next();
        dynArgs = this.parseExpression();
      } else if (this.tokens.is('pow')) {
        ensure(dynKwargs === undefined);
        this.tokens.next();
        dynKwargs = this.parseExpression();
      } else if (this.tokens.is('name') && this.tokens.look().type === 'assign') {
        ensure(dynKwargs === undefined);
        const key = String(this.tokens.next().value);
        this.tokens.next();
        kwargs.push({ key, value: this.parseExpression() });
      } else {
        ensure(dynArgs === undefined && dynKwargs === undefined && kwargs.length === 0);
        args.push(this.parseExpression());
      }
    }
    this.tokens.expect('rparen');
    return { args, kwargs, dynArgs, dynKwargs };
  }

  private parseOptionalArguments(): Arguments {
    return this.tokens.is('lparen') ? this.parseArguments() : NO_ARGUMENTS;
  }

  private parseDottedName(): { token: Token; name: string } {
    const token = this.tokens.expect('name');
    let name = String(token.value);
    while (this.tokens.skipIf('dot')) name += `.${String(this.tokens.expect('name').value)}`;
    return { token, name };
  }

  /** One filter after its pipe; without a target it filters a block. */
  parseFilter(target: Expression | undefined, isAtName = false): NodeOf<'Filter'> {
    if (!isAtName) this.tokens.next();
    const { token, name } = this.parseDottedName();
    return node('Filter', token, { target, name, ...this.parseOptionalArguments() });
  }

  parseTest(target: Expression): Expression {
    const place = this.tokens.next();
    const isNegated = this.tokens.skipIf('name:not');
    const { name } = this.parseDottedName();
    const test = node('Is', place, { target, name, ...this.parseTestArguments() });
    return isNegated ? node('Not', place, { target: test }) : test;
  }

  private parseTestArguments(): Arguments {
    if (this.tokens.is('lparen')) return this.parseArguments();
    const isBare =
      BARE_ARGUMENT.has(this.tokens.current.type) &&
      !['name:else', 'name:or', 'name:and'].some((keyword) => this.tokens.is(keyword));
    if (!isBare) return NO_ARGUMENTS;
    if (this.tokens.is('name:is')) this.fail('You cannot chain multiple tests with is');
    const argument = this.parsePostfix(this.nested(() => this.parsePrimary()));
    return { ...NO_ARGUMENTS, args: [argument] };
  }
}

const NO_ARGUMENTS: Arguments = { args: [], kwargs: [], dynArgs: undefined, dynKwargs: undefined };
