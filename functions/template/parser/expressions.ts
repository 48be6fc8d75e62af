import { isToken, type Token } from '../lexer/token.ts';
import type { Place } from '../syntax-fault.ts';
import type { Dialect } from '../values/dialect.ts';
import { type Expression, node } from './nodes.ts';
import { PostfixParser } from './postfix.ts';

type Binary = 'Add' | 'Sub' | 'Mul' | 'Div' | 'FloorDiv' | 'Mod' | 'Pow';
type Level = ReadonlyMap<string, Binary | 'Concat'>;

const level = (operators: Readonly<Record<string, Binary | 'Concat'>>): Level =>
  new Map(Object.entries(operators));

/** The binary operators of arithmetic, from those that bind least. In Jinja2 2.8 each has a level of its own. */
const PRECEDENCE: Readonly<Record<Dialect, readonly Level[]>> = {
  jinja2: [
    level({ add: 'Add', sub: 'Sub' }),
    level({ tilde: 'Concat' }),
    level({ mul: 'Mul', div: 'Div', floordiv: 'FloorDiv', mod: 'Mod' }),
    level({ pow: 'Pow' }),
  ],
  python2: [
    level({ add: 'Add' }),
    level({ sub: 'Sub' }),
    level({ mul: 'Mul' }),
    level({ tilde: 'Concat' }),
    level({ div: 'Div' }),
    level({ floordiv: 'FloorDiv' }),
    level({ mod: 'Mod' }),
    level({ pow: 'Pow' }),
  ],
};

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'lteq', 'gt', 'gteq']);

/** The operators of Jinja2's expressions, from those that bind least to those that bind most. */
export abstract class ExpressionParser extends PostfixParser {
  private readonly levels: readonly Level[];

  constructor(tokens: Iterator<Token, void>, dialect: Dialect) {
    super(tokens);
    this.levels = PRECEDENCE[dialect];
  }

  override parseExpression(withCondition = true): Expression {
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
    for (let links = 0; this.tokens.skipIf('name:or'); links++) {
      this.checkChain(links);
      left = node('Or', place, { left, right: this.parseAnd() });
      place = this.tokens.current;
    }
    return left;
  }

  parseAnd(): Expression {
    let place: Place = this.tokens.current;
    let left = this.parseNot();
    for (let links = 0; this.tokens.skipIf('name:and'); links++) {
      this.checkChain(links);
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
    const expr = this.parseArithmetic();
    const ops: { op: string; expr: Expression }[] = [];
    for (;;) {
      const op = this.comparison();
      if (op === undefined) break;
      ops.push({ op, expr: this.parseArithmetic() });
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

  /** The binary operators of one level and of those that bind more. */
  private parseArithmetic(depth = 0): Expression {
    const operators = this.levels[depth];
    if (operators === undefined) return this.parseUnary();
    if (operators.has('tilde')) return this.parseConcat(depth);
    let place: Place = this.tokens.current;
    let left = this.parseArithmetic(depth + 1);
    for (let links = 0; ; links++) {
      this.checkChain(links);
      const typename = operators.get(this.tokens.current.type);
      if (typename === undefined || typename === 'Concat') return left;
      this.tokens.next();
      left = node(typename, place, { left, right: this.parseArithmetic(depth + 1) });
      place = this.tokens.current;
    }
  }

  private parseConcat(depth: number): Expression {
    const place = this.tokens.current;
    const items = [this.parseArithmetic(depth + 1)];
    while (this.tokens.skipIf('tilde')) items.push(this.parseArithmetic(depth + 1));
    return items.length === 1 ? (items[0] as Expression) : node('Concat', place, { items });
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
}
