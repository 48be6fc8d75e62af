import type { Token } from '../lexer/token.ts';
import { type Arguments, type Expression, type NodeOf, node } from './nodes.ts';
import { PrimaryParser } from './primaries.ts';

/** What may start the argument of a test without parentheses: `is divisibleby 3`. */
const BARE_ARGUMENT: ReadonlySet<string> = new Set([
  'name',
  'string',
  'integer',
  'float',
  'lbracket',
  'lbrace',
]);
const NO_ARGUMENTS: Arguments = { args: [], kwargs: [], dynArgs: undefined, dynKwargs: undefined };

/** What follows an expression: attributes, subscripts, calls, filters and tests. */
export abstract class PostfixParser extends PrimaryParser {
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
