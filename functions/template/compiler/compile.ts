import type { NodeOf } from '../parser/nodes.ts';
import { type CompileTarget, type Emitters, JinjaCompiler } from './compiler.ts';
import { emitCondition, emitExpression } from './expressions.ts';
import { writeTemplate } from './inheritance.ts';
import { emitStatement } from './statements.ts';

const EMITTERS: Emitters = {
  statement: emitStatement,
  expression: emitExpression,
  condition: emitCondition,
};

/** A template as JavaScript, with what its text refers to. */
export interface CompiledCode {
  /** The body of a function of `R` (the runtime's operations), `K` (the constants) and `T` (the template). */
  readonly code: string;
  readonly constants: readonly unknown[];
  readonly places: JinjaCompiler['places'];
}

/** Compiles a template. @throws SyntaxFault */
export function compileRoot(
  root: NodeOf<'Root'>,
  target: CompileTarget,
  operations: readonly string[],
): CompiledCode {
  const compiler = new JinjaCompiler(target, EMITTERS);
  const functions = writeTemplate(compiler, root);
  const { constants, places } = compiler;
  return { code: compiler.module(functions, operations), constants, places };
}
