import { descendants, type NodeOf } from '../parser/nodes.ts';
import { SyntaxFault } from '../syntax-fault.ts';
import { assign } from './assignments.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';
import { analyseFor, undeclared } from './symbols.ts';

/** Whether the body needs the `loop` variable. */
function isExtended(node: NodeOf<'For'>): boolean {
  if (node.recursive || undeclared(node.body, ['loop']).size > 0) return true;
  for (const inner of descendants(node)) {
    if (inner.typename === 'Block' && inner.scoped) return true;
  }
  return false;
}

function refuseLoopAsTarget(node: NodeOf<'For'>): void {
  for (const inner of descendants(node)) {
    if (inner.typename === 'Symbol' && inner.ctx === 'store' && inner.value === 'loop') {
      throw new SyntaxFault("Can't assign to special loop variable in for-loop target", inner, {
        type: 'TemplateAssertionError',
      });
    }
  }
}

/** The scopes of a loop's parts, and what they were found to need. */
interface LoopParts {
  readonly node: NodeOf<'For'>;
  readonly frame: Frame;
  readonly body: Frame;
  readonly extended: boolean;
}

/** The test of `for ... if`, as a function of the item: the loop variable must count only what passes. */
function testFunction(compiler: JinjaCompiler, { node, frame }: LoopParts): string {
  const { test } = node;
  if (test === undefined) return 'undefined';
  const inner = frame.inner();
  analyseFor(inner.symbols, node, 'test');
  return compiler.functionCode('(item) =>', () => {
    compiler.declare(inner);
    assign(compiler, node.target, { value: 'item', frame: inner });
    compiler.load(inner);
    compiler.mark(test);
    compiler._emitLine(`return ${compiler.condition(test, inner)};`);
  });
}

/** The test where nothing counts the items: skips one that does not pass. */
function inlineTest(compiler: JinjaCompiler, { node, frame }: LoopParts, loop: string): void {
  const { test } = node;
  if (test === undefined) return;
  const inner = frame.inner();
  analyseFor(inner.symbols, node, 'test');
  compiler.declare(inner);
  assign(compiler, node.target, { value: `${loop}.item`, frame: inner });
  compiler.load(inner);
  compiler.mark(test);
  compiler._emitLine(`if (!${compiler.condition(test, inner)}) continue;`);
}

function writeLoop(
  compiler: JinjaCompiler,
  parts: LoopParts,
  { iterable, rest }: { readonly iterable: string; readonly rest: string },
): void {
  const { node, frame, body, extended } = parts;
  const loop = extended ? compiler.variableOf('loop', body) : compiler.local();
  const isEmpty = node.else_.length > 0 ? compiler.local() : undefined;
  const test = extended ? testFunction(compiler, parts) : 'undefined';
  if (isEmpty !== undefined) compiler._emitLine(`${isEmpty} = true;`);
  compiler.mark(node);
  compiler._emitLine(`${loop} = startLoop(context, ${iterable}, ${test}${rest});`);
  const persists = compiler.target.dialect === 'python2';
  if (persists) compiler.load(body);
  compiler._emitLine(`while (${loop}.next()) {`);
  if (!extended) inlineTest(compiler, parts, loop);
  assign(compiler, node.target, { value: `${loop}.item`, frame: body });
  if (!persists) compiler.load(body);
  compiler.compileBody(node.body, body);
  if (isEmpty !== undefined) compiler._emitLine(`${isEmpty} = false;`);
  compiler._emitLine(`checkOutput(context, ${body.buffer});`);
  compiler.mark(node);
  compiler._emitLine('}');
  compiler.leave(body, node.body);
  if (isEmpty !== undefined) {
    const inner = frame.inner();
    inner.buffer = body.buffer;
    analyseFor(inner.symbols, node, 'else');
    compiler._emitLine(`if (${isEmpty}) {`);
    compiler.enter(inner);
    compiler.compileBody(node.else_, inner);
    compiler._emitLine('}');
  }
}

/** A recursive loop is a function, which `loop(...)` calls for the items within an item. */
function recursiveLoop(compiler: JinjaCompiler, parts: LoopParts): void {
  const { node, frame, body } = parts;
  const render = compiler.local();
  body.buffer = 'output';
  const code = compiler.functionCode('(items, depth) =>', () => {
    compiler.declare(body);
    compiler.loops.add(compiler.variableOf('loop', body));
    writeLoop(compiler, parts, { iterable: 'items', rest: `, ${render}, depth` });
    compiler._emitLine(`return capture(context, output);`);
  });
  compiler._emitLine(`${render} = ${code};`);
  compiler.mark(node);
  const items = compiler.expression(node.iter, frame);
  compiler._emitLine(`${frame.buffer} += ${render}(${items}, 0);`);
}

/** `{% for %}`. */
export function for_(compiler: JinjaCompiler, node: NodeOf<'For'>, frame: Frame): void {
  const body = frame.inner();
  body.loopFrame = true;
  const extended = isExtended(node);
  if (extended) body.symbols.declareParameter('loop');
  analyseFor(body.symbols, node, 'body');
  refuseLoopAsTarget(node);
  const parts = { node, frame, body, extended };
  if (node.recursive) recursiveLoop(compiler, parts);
  else {
    compiler.mark(node);
    const iterable = compiler.expression(node.iter, frame);
    compiler.declare(body);
    if (extended) compiler.loops.add(compiler.variableOf('loop', body));
    writeLoop(compiler, parts, { iterable, rest: '' });
  }
  for (const name of body.symbols.stores) compiler.assigned.at(-1)?.delete(name);
}
