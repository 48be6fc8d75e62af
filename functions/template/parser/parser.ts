import { tokensOf } from '../lexer/lexer.ts';
import type { Syntax } from '../lexer/syntax.ts';
import { isToken } from '../lexer/token.ts';
import { SyntaxFault } from '../syntax-fault.ts';
import type { Dialect } from '../values/dialect.ts';
import { isSpace } from '../values/text/text.ts';
import { BodyParser } from './bodies.ts';
import { type Expression, type NodeOf, node, type Statement } from './nodes.ts';

/** Jinja2's grammar of statements, on nunjucks's Parser. */
export class JinjaParser extends BodyParser {
  private readonly statements: Readonly<Record<string, () => Statement>> = {
    for: () => this.parseFor(),
    if: () => this.parseIf(),
    block: () => this.parseBlock(),
    extends: () => this.parseExtends(),
    print: () => this.parsePrint(),
    macro: () => this.parseMacro(),
    include: () => this.parseInclude(),
    from: () => this.parseFrom(),
    import: () => this.parseImport(),
    set: () => this.parseSet(),
    with: () => this.parseWith(),
    autoescape: () => this.parseAutoEscape(),
    call: () => this.parseCallBlock(),
    filter: () => this.parseFilterStatement(),
  };

  protected override statementParser(tag: string): (() => Statement) | undefined {
    return Object.hasOwn(this.statements, tag) ? this.statements[tag] : undefined;
  }

  /** The whole template. @throws SyntaxFault */
  parseAsRoot(): NodeOf<'Root'> {
    return node('Root', { lineno: 1, colno: 1 }, { body: this.parseNodes() });
  }

  private parseSet(): Statement {
    const place = this.tokens.next();
    const target = this.parseTarget({ withNamespace: true });
    if (this.tokens.skipIf('assign'))
      return node('Set', place, { target, value: this.parseTuple() });
    let filter: NodeOf<'Filter'> | undefined;
    while (this.tokens.is('pipe')) filter = this.parseFilter(filter);
    return node('SetBlock', place, { target, filter, body: this.parseBody('endset') });
  }

  private parseFor(): Statement {
    const place = this.tokens.next();
    const target = this.parseTarget();
    this.tokens.expect('name:in');
    const iter = this.parseTuple({ withCondition: false });
    const test = this.tokens.skipIf('name:if') ? this.parseExpression() : undefined;
    const recursive = this.tokens.skipIf('name:recursive');
    const body = this.parseUntilBlocks('endfor', 'else');
    const else_ = this.tokens.next().value === 'else' ? this.parseBody('endfor') : [];
    return node('For', place, { target, iter, test, recursive, body, else_ });
  }

  private parseIf(): Statement {
    const place = this.tokens.next();
    const test = this.parseTuple({ withCondition: false });
    const body = this.parseUntilBlocks('elif', 'else', 'endif');
    const elifs: NodeOf<'If'>[] = [];
    while (this.tokens.is('name:elif')) {
      this.tokens.next();
      const at = this.tokens.current;
      const elifTest = this.parseTuple({ withCondition: false });
      const elifBody = this.parseUntilBlocks('elif', 'else', 'endif');
      elifs.push(node('If', at, { test: elifTest, body: elifBody, elifs: [], else_: [] }));
    }
    const else_ = this.tokens.next().value === 'else' ? this.parseBody('endif') : [];
    return node('If', place, { test, body, elifs, else_ });
  }

  private parseWith(): Statement {
    const place = this.tokens.next();
    const targets: Expression[] = [];
    const values: Expression[] = [];
    while (!this.tokens.is('block_end')) {
      if (targets.length > 0) this.tokens.expect('comma');
      targets.push(this.parseTarget());
      this.tokens.expect('assign');
      values.push(this.parseExpression());
    }
    for (const target of targets) asParameter(target);
    return node('With', place, { targets, values, body: this.parseBody('endwith') });
  }

  private parseAutoEscape(): Statement {
    const place = this.tokens.next();
    const value = this.parseExpression();
    return node('AutoEscape', place, { value, body: this.parseBody('endautoescape') });
  }

  private parseBlock(): Statement {
    const place = this.tokens.next();
    const name = String(this.tokens.expect('name').value);
    const scoped = this.tokens.skipIf('name:scoped');
    const required = this.tokens.skipIf('name:required');
    if (this.tokens.is('sub')) {
      this.fail(
        'Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.',
      );
    }
    const body = this.parseBody('endblock');
    if (required && !body.every(isBlank)) {
      this.fail('Required blocks can only contain comments or whitespace');
    }
    this.tokens.skipIf(`name:${name}`);
    return node('Block', place, { name, scoped, required, body });
  }

  private parseExtends(): Statement {
    return node('Extends', this.tokens.next(), { template: this.parseExpression() });
  }

  private parseWithContext(otherwise: boolean): boolean {
    const isContext =
      (this.tokens.is('name:with') || this.tokens.is('name:without')) &&
      isToken(this.tokens.look(), 'name:context');
    if (!isContext) return otherwise;
    const withContext = this.tokens.next().value === 'with';
    this.tokens.next();
    return withContext;
  }

  private parseInclude(): Statement {
    const place = this.tokens.next();
    const template = this.parseExpression();
    const ignoreMissing =
      this.tokens.is('name:ignore') && isToken(this.tokens.look(), 'name:missing');
    if (ignoreMissing) {
      this.tokens.next();
      this.tokens.next();
    }
    const withContext = this.parseWithContext(true);
    return node('Include', place, { template, ignoreMissing, withContext });
  }

  private parseImport(): Statement {
    const place = this.tokens.next();
    const template = this.parseExpression();
    this.tokens.expect('name:as');
    const target = this.parseName().value;
    return node('Import', place, { template, target, withContext: this.parseWithContext(false) });
  }

  private parseFrom(): Statement {
    const place = this.tokens.next();
    const template = this.parseExpression();
    this.tokens.expect('name:import');
    const names: { name: string; alias: string }[] = [];
    let withContext: boolean | undefined;
    const parseContext = (): boolean => {
      const before = this.tokens.current;
      const parsed = this.parseWithContext(false);
      if (this.tokens.current === before) return false;
      withContext = parsed;
      return true;
    };
    for (;;) {
      if (names.length > 0) this.tokens.expect('comma');
      if (!this.tokens.is('name')) this.tokens.expect('name');
      if (parseContext()) break;
      names.push(this.parseImportedName());
      if (parseContext() || !this.tokens.is('comma')) break;
    }
    return node('FromImport', place, { template, names, withContext: withContext ?? false });
  }

  private parseImportedName(): { name: string; alias: string } {
    const target = this.parseName();
    if (target.value.startsWith('_')) {
      throw new SyntaxFault('names starting with an underline can not be imported', target, {
        type: 'TemplateAssertionError',
      });
    }
    const alias = this.tokens.skipIf('name:as') ? this.parseName().value : target.value;
    return { name: target.value, alias };
  }

  private parseMacro(): Statement {
    const place = this.tokens.next();
    const name = this.parseName().value;
    const signature = this.parseSignature();
    return node('Macro', place, { name, signature, body: this.parseBody('endmacro') });
  }

  private parseCallBlock(): Statement {
    const place = this.tokens.next();
    const signature = this.tokens.is('lparen')
      ? this.parseSignature()
      : { params: [], defaults: [] };
    const call = this.parseExpression();
    if (call.typename !== 'FunCall') this.fail('expected call', place);
    return node('CallBlock', place, { signature, call, body: this.parseBody('endcall') });
  }

  private parseFilterStatement(): Statement {
    const place = this.tokens.next();
    let filter = this.parseFilter(undefined, true);
    while (this.tokens.is('pipe')) filter = this.parseFilter(filter);
    return node('FilterBlock', place, { filter, body: this.parseBody('endfilter') });
  }

  private parsePrint(): Statement {
    const place = this.tokens.next();
    const items: Expression[] = [];
    while (!this.tokens.is('block_end')) {
      if (items.length > 0) this.tokens.expect('comma');
      items.push(this.parseExpression());
    }
    return node('Output', place, { items });
  }
}

function asParameter(target: Expression): void {
  if (target.typename === 'Symbol') target.ctx = 'param';
  else if (target.typename === 'Tuple') for (const item of target.items) asParameter(item);
}

const isBlank = (statement: Statement): boolean =>
  statement.typename === 'Output' &&
  statement.items.every((item) => item.typename === 'TemplateData' && isSpace(item.value));

interface ParseOptions {
  readonly syntax: Syntax;
  readonly dialect: Dialect;
}

/** Parses a template. @throws SyntaxFault */
export const parse = (source: string, { syntax, dialect }: ParseOptions): NodeOf<'Root'> =>
  new JinjaParser(tokensOf(source, syntax), dialect).parseAsRoot();
