import { describeExpected, type Token } from '../lexer/token.ts';
import { SyntaxFault } from '../syntax-fault.ts';
import { ExpressionParser } from './expressions.ts';
import { type Expression, type NodeOf, node, type Signature, type Statement } from './nodes.ts';

interface TargetOptions {
  readonly withNamespace?: boolean;
}

const quoted = (name: string): string => (name.includes("'") ? `"${name}"` : `'${name}'`);

/** Marks the names of an assignment's target as set; whatever cannot be set is refused. */
function assignable(target: Expression, fail: (message: string, at: Expression) => never): void {
  if (target.typename === 'Symbol') {
    target.ctx = 'store';
  } else if (target.typename === 'Tuple') {
    for (const item of target.items) {
      if (!canAssign(item)) fail("can't assign to 'tuple'", target);
      assignable(item, fail);
    }
  } else {
    fail(
      `can't assign to '${PYTHON_NAMES[target.typename] ?? target.typename.toLowerCase()}'`,
      target,
    );
  }
}

const canAssign = (target: Expression): boolean =>
  target.typename === 'Symbol' ||
  (target.typename === 'Tuple' && target.items.every((item) => canAssign(item)));

/** The nodes whose class has another name in Jinja2. */
const PYTHON_NAMES: Readonly<Record<string, string>> = {
  Literal: 'const',
  Array: 'list',
};

/** What statements are made of: bodies up to a tag, targets of assignments, signatures of macros. */
export abstract class BodyParser extends ExpressionParser {
  /** The tags that are open, for messages. */
  private readonly tagStack: string[] = [];
  private readonly endStack: (readonly string[])[] = [];

  /** The function that parses the statement of a tag. */
  protected abstract statementParser(tag: string): (() => Statement) | undefined;

  /** Statements up to a tag of `ends`, which then is the current token. */
  protected parseNodes(ends?: readonly string[]): Statement[] {
    const body: Statement[] = [];
    let output: (Expression | NodeOf<'TemplateData'>)[] = [];
    const flush = (): void => {
      const [first] = output;
      if (first !== undefined) body.push(node('Output', first, { items: output }));
      output = [];
    };
    if (ends !== undefined) this.endStack.push(ends);
    while (!this.tokens.is('eof')) {
      const token = this.tokens.next();
      if (token.type === 'data') {
        output.push(node('TemplateData', token, { value: String(token.value) }));
      } else if (token.type === 'variable_begin') {
        output.push(this.parseTuple());
        this.tokens.expect('variable_end');
      } else {
        flush();
        if (ends?.some((end) => this.tokens.is(end))) break;
        body.push(this.nested(() => this.parseStatement()));
        this.tokens.expect('block_end');
      }
    }
    flush();
    if (ends !== undefined) this.endStack.pop();
    return body;
  }

  parseStatement(): Statement {
    const token = this.tokens.current;
    if (token.type !== 'name') this.fail('tag name expected', token);
    const name = String(token.value);
    const parse = this.statementParser(name);
    if (parse === undefined) this.failUnknownTag(name, token);
    this.tagStack.push(name);
    const statement = parse();
    this.tagStack.pop();
    return statement;
  }

  /** The body of a block tag, from the tag's end up to one of `ends`. */
  protected parseUntilBlocks(...ends: string[]): Statement[] {
    this.tokens.skipIf('colon');
    this.tokens.expect('block_end');
    const names = ends.map((end) => `name:${end}`);
    const body = this.parseNodes(names);
    if (this.tokens.is('eof')) this.failUnclosed([...this.endStack, names], this.tokens.current);
    return body;
  }

  protected parseBody(end: string): Statement[] {
    const body = this.parseUntilBlocks(end);
    this.tokens.next();
    return body;
  }

  private failUnknownTag(name: string, token: Token): never {
    this.failUnclosed(this.endStack, token, name);
  }

  private failUnclosed(stack: readonly (readonly string[])[], token: Token, tag?: string): never {
    const expected = new Set(stack.flat().map(describeExpected));
    const wanted = stack
      .at(-1)
      ?.map((end) => quoted(describeExpected(end)))
      .join(' or ');
    const message = [
      tag === undefined ? 'Unexpected end of template.' : `Encountered unknown tag ${quoted(tag)}.`,
    ];
    if (wanted !== undefined && tag !== undefined && expected.has(tag)) {
      message.push(
        `You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${wanted}.`,
      );
    } else if (wanted !== undefined) {
      message.push(`Jinja was looking for the following tags: ${wanted}.`);
    }
    const innermost = this.tagStack.at(-1);
    if (innermost !== undefined) {
      message.push(`The innermost block that needs to be closed is ${quoted(innermost)}.`);
    }
    throw new SyntaxFault(message.join(' '), token, {
      hint: wanted === undefined ? undefined : `expected ${wanted} before this`,
    });
  }

  protected parseName(): NodeOf<'Symbol'> {
    const token = this.tokens.expect('name');
    const value = String(token.value);
    if (['true', 'false', 'none', 'True', 'False', 'None'].includes(value)) {
      this.fail("can't assign to 'name'", token);
    }
    return node('Symbol', token, { value, ctx: 'store' });
  }

  protected parseTarget({ withNamespace = false }: TargetOptions = {}): Expression {
    if (withNamespace && this.tokens.look().type === 'dot') {
      const token = this.tokens.expect('name');
      this.tokens.next();
      const attr = String(this.tokens.expect('name').value);
      return node('NSRef', token, { name: String(token.value), attr });
    }
    const target = this.parseTuple({ simplified: true });
    assignable(target, (message, at) => this.fail(message, at));
    return target;
  }

  protected parseSignature(): Signature {
    const params: NodeOf<'Symbol'>[] = [];
    const defaults: Expression[] = [];
    this.tokens.expect('lparen');
    while (!this.tokens.is('rparen')) {
      if (params.length > 0) this.tokens.expect('comma');
      const param = this.parseName();
      param.ctx = 'param';
      if (this.tokens.skipIf('assign')) defaults.push(this.parseExpression());
      else if (defaults.length > 0) this.fail('non-default argument follows default argument');
      params.push(param);
    }
    this.tokens.expect('rparen');
    return { params, defaults };
  }
}
