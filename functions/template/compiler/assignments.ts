import type { Expression, NodeOf } from '../parser/nodes.ts';
import { filter } from './calls.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';
import { loopVariable } from './loop-fields.ts';
import { captured, startCapture } from './output.ts';
import { quote } from './writer.ts';

/** Assigns a value to a name or, part by part, to a tuple of them. */
export function assign(
  compiler: JinjaCompiler,
  target: Expression,
  { value, frame }: { readonly value: string; readonly frame: Frame },
): void {
  if (target.typename === 'Symbol') {
    if (target.ctx === 'store' && (frame.toplevel || frame.loopFrame || frame.blockFrame)) {
      compiler.assigned.at(-1)?.add(target.value);
    }
    compiler._emitLine(`${compiler.variableOf(target.value, frame)} = ${value};`);
  } else if (target.typename === 'NSRef') {
    const object = compiler.variableOf(target.name, frame);
    compiler._emitLine(`setAttribute(${object}, ${quote(target.attr)}, ${value});`);
  } else if (target.typename === 'Tuple') {
    const parts = compiler.local();
    compiler._emitLine(`${parts} = unpack(${value}, ${target.items.length});`);
    target.items.forEach((item, i) => {
      assign(compiler, item, { value: `${parts}[${i}]`, frame });
    });
  }
}

/** Runs `write`, and puts the names that it set at the top level into the context. */
function tracked(compiler: JinjaCompiler, frame: Frame, write: () => void): void {
  const names = new Set<string>();
  compiler.assigned.push(names);
  write();
  compiler.assigned.pop();
  if (!frame.toplevel) return;
  for (const name of names) {
    const variable = compiler.variableOf(name, frame);
    compiler._emitLine(`context.vars.set(${quote(name)}, ${variable});`);
    if (!name.startsWith('_')) compiler._emitLine(`context.exported.add(${quote(name)});`);
  }
}

function checkNamespace(compiler: JinjaCompiler, target: Expression, frame: Frame): void {
  if (target.typename === 'NSRef') {
    compiler._emitLine(`requireNamespace(${compiler.variableOf(target.name, frame)});`);
  }
}

/** Whether the name that is set here, in every round of a loop, is set nowhere else in it. */
function isOnlyAssignment({ target }: NodeOf<'Set'>, frame: Frame): boolean {
  return (
    target.typename === 'Symbol' &&
    frame.loopFrame &&
    !frame.softFrame &&
    frame.assignments.get(target.value) === 1
  );
}

export function set(compiler: JinjaCompiler, node: NodeOf<'Set'>, frame: Frame): void {
  tracked(compiler, frame, () => {
    compiler.mark(node);
    checkNamespace(compiler, node.target, frame);
    const loop = loopVariable(compiler, node.value, frame);
    if (loop !== undefined && isOnlyAssignment(node, frame)) {
      const alias = compiler.variableOf((node.target as NodeOf<'Symbol'>).value, frame);
      compiler._emitLine(`${alias} = ${loop};`);
      compiler.loops.set(alias, compiler.loops.get(loop) as string);
      return;
    }
    assign(compiler, node.target, { value: compiler.expression(node.value, frame), frame });
  });
}

export function setBlock(compiler: JinjaCompiler, node: NodeOf<'SetBlock'>, frame: Frame): void {
  tracked(compiler, frame, () => {
    const inner = frame.inner();
    inner.requireOutputCheck = false;
    compiler.analyse(inner, node);
    compiler.enter(inner);
    startCapture(compiler, inner);
    compiler.compileBody(node.body, inner);
    compiler.mark(node);
    checkNamespace(compiler, node.target, frame);
    const value =
      node.filter === undefined
        ? captured(compiler, inner.buffer, frame)
        : `asMarkup(${filter(compiler, node.filter, inner, captured(compiler, inner.buffer, inner))}, context)`;
    assign(compiler, node.target, { value, frame });
  });
}

export function with_(compiler: JinjaCompiler, node: NodeOf<'With'>, frame: Frame): void {
  const inner = frame.inner();
  compiler.analyse(inner, node);
  compiler.declare(inner);
  compiler.load(inner);
  node.targets.forEach((target, i) => {
    const value = compiler.expression(node.values[i] as Expression, frame);
    assign(compiler, target, { value, frame: inner });
  });
  compiler.compileBody(node.body, inner);
}
