import type { Expression } from '../parser/nodes.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';

/** Attributes of the loop variable that are fields of the runtime's `Loop`. */
export const LOOP_FIELDS: ReadonlySet<string> = new Set([
  'index',
  'index0',
  'revindex',
  'revindex0',
  'first',
  'last',
  'length',
  'depth',
  'depth0',
  'previtem',
  'nextitem',
]);

/** The variable of a node that is the loop of the runtime for certain: `loop`, or what was set to it. */
export function loopVariable(
  compiler: JinjaCompiler,
  node: Expression,
  frame: Frame,
): string | undefined {
  if (node.typename !== 'Symbol') return undefined;
  const variable = compiler.variableOf(node.value, frame);
  return compiler.loops.has(variable) ? variable : undefined;
}
