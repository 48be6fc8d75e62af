import type { NodeOf, Statement } from '../parser/nodes.ts';
import { set, setBlock, with_ } from './assignments.ts';
import type { Emit, JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';
import { block, extends_, fromImport, import_, include } from './inheritance.ts';
import { for_ } from './loops.ts';
import { callBlock, macro } from './macros.ts';
import { autoEscape, filterBlock, output } from './output.ts';
import { onCondition } from './tracing.ts';

function if_(compiler: JinjaCompiler, node: NodeOf<'If'>, frame: Frame): void {
  const inner = frame.soft();
  compiler.mark(node);
  compiler._emitLine(`if (${compiler.condition(node.test, inner)}) {`);
  const tests = [node.test];
  onCondition(compiler, tests, () => compiler.compileBody(node.body, inner));
  for (const elif of node.elifs) {
    compiler._emitLine('} else {');
    compiler.mark(elif);
    compiler._emitLine(`if (${compiler.condition(elif.test, inner)}) {`);
    tests.push(elif.test);
    onCondition(compiler, tests, () => compiler.compileBody(elif.body, inner));
  }
  if (node.else_.length > 0) {
    compiler._emitLine('} else {');
    onCondition(compiler, tests, () => compiler.compileBody(node.else_, inner));
  }
  compiler._emitLine('}'.repeat(node.elifs.length + 1));
}

const STATEMENTS: { readonly [T in Statement['typename']]?: Emit<T, void> } = {
  Output: output,
  For: for_,
  If: if_,
  Set: set,
  SetBlock: setBlock,
  With: with_,
  AutoEscape: autoEscape,
  Block: block,
  Extends: extends_,
  Include: include,
  Import: import_,
  FromImport: fromImport,
  Macro: macro,
  CallBlock: callBlock,
  FilterBlock: filterBlock,
};

/** Writes one statement. */
export function emitStatement(compiler: JinjaCompiler, node: Statement, frame: Frame): void {
  const emit = STATEMENTS[node.typename] as Emit<Statement['typename'], void> | undefined;
  if (emit === undefined) throw new Error(`no statement: ${node.typename}`);
  emit(compiler, node, frame);
}
