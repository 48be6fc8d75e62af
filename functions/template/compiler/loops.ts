import { descendants, type NodeOf } from '../parser/nodes.ts';
import { SyntaxFault } from '../syntax-fault.ts';
import { assign } from './assignments.ts';
import { targetNames } from './carried-over.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';
import { type MemoSite, memoSite } from './memo.ts';
import { captured } from './output.ts';
import { analyseFor, undeclared } from './symbols.ts';
import { traceCapture, tracedStatement, traceRound } from './tracing.ts';

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

interface LoopCode {
  readonly iterable: string;
  /** More arguments for the runtime's loop. */
  readonly rest: string;
  /** The number of the last variable before those of the loop. */
  readonly start: number;
  /** The loop's variable. */
  readonly loop: string;
  /** The test where nothing counts the items. */
  readonly inlineTest: string;
}

/** The body of a loop, with the values that its scope starts with, and the reuse of its rounds where that may be. */
function bodyCode(compiler: JinjaCompiler, parts: LoopParts, { loop, start }: LoopPlace): BodyCode {
  const { node, body } = parts;
  let load = '';
  let text = '';
  // Where a template may extend another, its text counts only as long as it does not.
  const mayKeep =
    compiler.isInOutermostFunction && compiler.loopDepth === 1 && !body.requireOutputCheck;
  const dependencies = compiler.track(() => {
    load = compiler.code(() => compiler.load(body));
    text = compiler.code(() => compiler.compileBody(node.body, body));
  }, start);
  const targets = targetNames(node.target).map((name) => compiler.variableOf(name, body));
  const { buffer } = body;
  const added = (before: string, fragment: string): string =>
    compiler.givesNext(body)
      ? `context.state.emit(${before}, ${fragment})`
      : `${before} + ${fragment}.text`;
  const memo = mayKeep
    ? memoSite(compiler, { node, loop, targets, dependencies, buffer, added })
    : undefined;
  return { load, text, memo };
}

interface LoopPlace {
  readonly loop: string;
  readonly start: number;
}

interface BodyCode {
  readonly load: string;
  readonly text: string;
  readonly memo: MemoSite | undefined;
}

function writeLoop(compiler: JinjaCompiler, parts: LoopParts, code: LoopCode): void {
  const { node, body, extended } = parts;
  const { loop } = code;
  const isEmpty = node.else_.length > 0 ? compiler.local() : undefined;
  const test = extended ? testFunction(compiler, parts) : 'undefined';
  if (isEmpty !== undefined) compiler._emitLine(`${isEmpty} = true;`);
  compiler.mark(node);
  compiler._emitLine(`${loop} = startLoop(context, ${code.iterable}, ${test}${code.rest});`);
  const persists = compiler.target.dialect === 'python2';
  const head = compiler.code(() => {
    assign(compiler, node.target, { value: `${loop}.item`, frame: body });
  });
  const isOutermost = compiler.loopDepth++ === 0;
  const { load, text, memo } = bodyCode(compiler, parts, { loop, start: code.start });
  compiler.loopDepth--;
  if (memo !== undefined) compiler._emitLine(memo.start);
  if (persists) compiler._emit(load);
  compiler._emitLine(`while (${loop}.next()) {`);
  compiler._emit(code.inlineTest);
  compiler._emit(head);
  if (isEmpty !== undefined) compiler._emitLine(`${isEmpty} = false;`);
  traceRound(compiler, { node, loop }, () =>
    writeRound(compiler, (persists ? '' : load) + text, { memo, buffer: body.buffer, isOutermost }),
  );
  compiler._emitLine(`checkOutput(context, ${body.buffer});`);
  compiler.mark(node);
  compiler._emitLine('}');
  compiler.leave(body, node.body);
  if (isEmpty !== undefined) writeElse(compiler, parts, isEmpty);
}

/**
 * Writes one round of a loop. That of an outermost loop has a buffer of its own, joined at its end: the many small pieces
 * of text then die young.
 */
function writeRound(
  compiler: JinjaCompiler,
  code: string,
  { memo, buffer, isOutermost }: RoundPlace,
): void {
  if (!isOutermost) {
    compiler._emit(code);
    return;
  }
  const before = compiler.local();
  if (memo !== undefined) compiler._emitLine(memo.find);
  compiler._emitLine(`${before} = ${buffer}; ${buffer} = "";`);
  compiler._emit(code);
  compiler._emitLine(`context.state.join(${buffer});`);
  compiler._emitLine(memo?.end(before) ?? `${buffer} = ${before} + ${buffer};`);
}

interface RoundPlace {
  readonly memo: MemoSite | undefined;
  readonly buffer: string;
  readonly isOutermost: boolean;
}

function writeElse(
  compiler: JinjaCompiler,
  { node, frame, body }: LoopParts,
  isEmpty: string,
): void {
  const inner = frame.inner();
  inner.buffer = body.buffer;
  analyseFor(inner.symbols, node, 'else');
  compiler._emitLine(`if (${isEmpty}) {`);
  compiler.enter(inner);
  compiler.compileBody(node.else_, inner);
  compiler._emitLine('}');
}

function noteLoopVariable(compiler: JinjaCompiler, body: Frame): string {
  const variable = compiler.variableOf('loop', body);
  compiler.loops.set(variable, variable);
  return variable;
}

/** How often each name is set in a loop's body; nothing where a macro may outlive the loop. */
function assignmentsIn(node: NodeOf<'For'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const inner of descendants(node)) {
    if (inner.typename === 'Macro' || inner.typename === 'CallBlock') return new Map();
    if (inner.typename === 'Symbol' && inner.ctx === 'store') {
      counts.set(inner.value, (counts.get(inner.value) ?? 0) + 1);
    }
  }
  return counts;
}

/** A recursive loop is a function, which `loop(...)` calls for the items within an item. */
function recursiveLoop(compiler: JinjaCompiler, parts: LoopParts): void {
  const { node, frame, body } = parts;
  const render = compiler.local();
  body.buffer = 'output';
  const start = compiler.lastId;
  const code = compiler.functionCode('(items, depth) =>', () => {
    traceCapture(compiler);
    compiler.declare(body);
    const loop = noteLoopVariable(compiler, body);
    const rest = `, ${render}, depth`;
    writeLoop(compiler, parts, { iterable: 'items', rest, start, loop, inlineTest: '' });
    compiler._emitLine(`return ${captured(compiler, 'output', body)};`);
  });
  compiler._emitLine(`${render} = ${code};`);
  compiler.mark(node);
  const items = compiler.expression(node.iter, frame);
  const text = tracedStatement(compiler, node, `str(${render}(${items}, 0))`);
  compiler._emitLine(`${frame.buffer} += ${text};`);
}

/** `{% for %}`. */
export function for_(compiler: JinjaCompiler, node: NodeOf<'For'>, frame: Frame): void {
  const body = frame.inner();
  body.loopFrame = true;
  body.assignments = assignmentsIn(node);
  const extended = isExtended(node);
  if (extended) body.symbols.declareParameter('loop');
  analyseFor(body.symbols, node, 'body');
  refuseLoopAsTarget(node);
  const parts = { node, frame, body, extended };
  if (node.recursive) recursiveLoop(compiler, parts);
  else {
    compiler.mark(node);
    const iterable = compiler.expression(node.iter, frame);
    const start = compiler.lastId;
    let loop = compiler.local();
    // Before the body's scope is declared: both scopes have names of the same level.
    const test = extended ? '' : compiler.code(() => inlineTest(compiler, parts, loop));
    compiler.declare(body);
    if (extended) loop = noteLoopVariable(compiler, body);
    writeLoop(compiler, parts, { iterable, rest: '', start, loop, inlineTest: test });
  }
  for (const name of body.symbols.stores) compiler.assigned.at(-1)?.delete(name);
}
