import type { Expression, NodeOf } from '../parser/nodes.ts';
import { truth } from '../values/truth.ts';
import { filter } from './calls.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';
import { traceCapture, tracedCapture, traceOutput, tracedStatement } from './tracing.ts';
import { quote } from './writer.ts';

/** The value of an expression as output: text, escaped where autoescape is on. */
function printed(compiler: JinjaCompiler, item: Expression, frame: Frame): string {
  const value = compiler.expression(item, frame);
  if (frame.autoescape === false) return `str(${value})`;
  if (frame.autoescape === true) return `escapeText(${value})`;
  return `(context.autoescape ? escapeText : str)(${value})`;
}

/** Text and `{{ ... }}`. */
export function output(compiler: JinjaCompiler, node: NodeOf<'Output'>, frame: Frame): void {
  if (frame.requireOutputCheck) {
    if (compiler.hasKnownExtends) return;
    compiler._emitLine('if (parent === undefined) {');
  }
  const print = traceOutput(compiler, node, frame);
  for (const item of node.items) {
    if (item.typename === 'TemplateData') {
      compiler._emitLine(`${frame.buffer} += ${quote(item.value)};`);
    } else {
      compiler.mark(item);
      const text = print(item, printed(compiler, item, frame));
      compiler._emitLine(`${frame.buffer} += ${text};`);
    }
  }
  if (frame.requireOutputCheck) compiler._emitLine('}');
}

/** What was captured in a buffer, as a value: safe where autoescape is on. */
export function captured(compiler: JinjaCompiler, buffer: string, frame: Frame): string {
  const text = tracedCapture(compiler, `capture(context, ${buffer})`);
  if (frame.autoescape === false) return text;
  if (frame.autoescape === true) return `markup(${text})`;
  return `(context.autoescape ? markup : same)(${text})`;
}

/** Starts capturing the output of a frame in a variable of its own. */
export function startCapture(compiler: JinjaCompiler, frame: Frame): void {
  frame.buffer = compiler.local();
  compiler._emitLine(`${frame.buffer} = "";`);
  traceCapture(compiler);
}

export function filterBlock(
  compiler: JinjaCompiler,
  node: NodeOf<'FilterBlock'>,
  frame: Frame,
): void {
  const inner = frame.inner();
  compiler.analyse(inner, node);
  compiler.enter(inner);
  const buffer = inner.buffer;
  startCapture(compiler, inner);
  compiler.compileBody(node.body, inner);
  compiler.mark(node);
  const value = filter(compiler, node.filter, inner, captured(compiler, inner.buffer, inner));
  const text = tracedStatement(compiler, node, `filteredText(${value})`);
  compiler._emitLine(`${buffer} += ${text};`);
}

/** `{% autoescape %}`: the setting is known now where it is a constant. */
export function autoEscape(
  compiler: JinjaCompiler,
  node: NodeOf<'AutoEscape'>,
  frame: Frame,
): void {
  const inner = frame.inner();
  compiler.analyse(inner, node);
  compiler.enter(inner);
  const before = compiler.local();
  compiler.mark(node);
  compiler._emitLine(`${before} = context.autoescape;`);
  compiler._emitLine(`context.autoescape = ${compiler.condition(node.value, inner)};`);
  inner.autoescape = node.value.typename === 'Literal' ? truth(node.value.value) : 'volatile';
  compiler.compileBody(node.body, inner);
  compiler._emitLine(`context.autoescape = ${before};`);
}
