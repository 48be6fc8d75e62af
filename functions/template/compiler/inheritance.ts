import { descendants, type NodeOf } from '../parser/nodes.ts';
import { CompilerExit, type JinjaCompiler } from './compiler.ts';
import { Frame } from './frame.ts';
import { Assignments } from './variables.ts';
import { undeclared } from './symbols.ts';
import { startTracing, traceFrom } from './tracing.ts';
import { quote } from './writer.ts';

/** Before text of another template or block: makes what was given so far output. @returns whether it could */
function flush(compiler: JinjaCompiler, frame: Frame): boolean {
  const isNext = compiler.givesNext(frame) && compiler.loopDepth === 0;
  if (isNext) compiler._emitLine('output = context.state.flush(output);');
  return isNext;
}

/** Calls a block of the template or, where a template extends this one, that template's block instead. */
export function block(compiler: JinjaCompiler, node: NodeOf<'Block'>, frame: Frame): void {
  let isChecked = false;
  if (frame.toplevel) {
    if (compiler.hasKnownExtends) return;
    if (compiler.extendsSoFar > 0) {
      compiler._emitLine('if (parent === undefined) {');
      isChecked = true;
    }
  }
  const name = quote(node.name);
  compiler.noteImpure();
  compiler.mark(node);
  if (node.required) compiler._emitLine(`requireBlock(context, ${name});`);
  const context = node.scoped ? `context.derived(${compiler.localVariables(frame)})` : 'context';
  traceFrom(compiler, node);
  const isNext = flush(compiler, frame);
  compiler._emitLine(`${frame.buffer} += renderBlock(${context}, ${name}, ${isNext});`);
  if (isChecked) compiler._emitLine('}');
}

export function extends_(compiler: JinjaCompiler, node: NodeOf<'Extends'>, frame: Frame): void {
  if (!frame.toplevel) compiler.refuse('cannot use extend from a non top-level scope', node);
  compiler.mark(node);
  if (compiler.extendsSoFar > 0) {
    const condition = compiler.hasKnownExtends ? '' : 'if (parent !== undefined) ';
    compiler._emitLine(`${condition}extendedTwice();`);
    if (compiler.hasKnownExtends) throw new CompilerExit();
  }
  compiler._emitLine(`parent = extend(context, ${compiler.expression(node.template, frame)});`);
  if (frame.rootlevel) compiler.hasKnownExtends = true;
  compiler.extendsSoFar++;
}

export function include(compiler: JinjaCompiler, node: NodeOf<'Include'>, frame: Frame): void {
  compiler.noteImpure();
  compiler.mark(node);
  const template = compiler.expression(node.template, frame);
  const locals = node.withContext ? compiler.localVariables(frame) : 'undefined';
  const isNext = flush(compiler, frame);
  traceFrom(compiler, node);
  compiler._emitLine(
    `${frame.buffer} += include(context, ${template}, { ignoreMissing: ${node.ignoreMissing}, locals: ${locals}, isNext: ${isNext} });`,
  );
}

function imported(
  compiler: JinjaCompiler,
  node: NodeOf<'Import' | 'FromImport'>,
  frame: Frame,
): string {
  compiler.noteImpure();
  const template = compiler.expression(node.template, frame);
  const locals = node.withContext ? compiler.localVariables(frame) : 'undefined';
  return `importModule(context, ${template}, ${locals})`;
}

export function import_(compiler: JinjaCompiler, node: NodeOf<'Import'>, frame: Frame): void {
  compiler.mark(node);
  traceFrom(compiler, node);
  const variable = compiler.variableOf(node.target, frame);
  compiler._emitLine(`${variable} = ${imported(compiler, node, frame)};`);
  if (!frame.toplevel) return;
  compiler._emitLine(`context.vars.set(${quote(node.target)}, ${variable});`);
  if (!node.target.startsWith('_')) {
    compiler._emitLine(`context.exported.delete(${quote(node.target)});`);
  }
}

export function fromImport(
  compiler: JinjaCompiler,
  node: NodeOf<'FromImport'>,
  frame: Frame,
): void {
  compiler.mark(node);
  traceFrom(compiler, node);
  const module = compiler.local();
  compiler._emitLine(`${module} = ${imported(compiler, node, frame)};`);
  const { name: template } = compiler.target;
  const position = `line ${node.lineno}${template === undefined ? '' : ` in ${compiler.reprText(template)}`}`;
  for (const { name, alias } of node.names) {
    const variable = compiler.variableOf(alias, frame);
    compiler._emitLine(`${variable} = importName(${module}, ${quote(name)}, ${quote(position)});`);
    if (!frame.toplevel) continue;
    compiler._emitLine(`context.vars.set(${quote(alias)}, ${variable});`);
    if (!alias.startsWith('_')) compiler._emitLine(`context.exported.delete(${quote(alias)});`);
  }
}

function blockFunction(compiler: JinjaCompiler, node: NodeOf<'Block'>, index: number): string {
  const frame = new Frame();
  frame.blockFrame = true;
  const special = undeclared(node.body, ['self', 'super']);
  for (const name of special) frame.symbols.declareParameter(name);
  compiler.analyse(frame, node);
  return compiler.functionCode(`function block_${index}(context)`, () => {
    startTracing(compiler);
    compiler.enter(frame);
    compiler.mark(node);
    for (const name of special) {
      const variable = compiler.variableOf(name, frame);
      const value =
        name === 'self'
          ? 'templateReference(context)'
          : `superBlock(context, ${quote(node.name)}, block_${index})`;
      compiler._emitLine(`${variable} = ${value};`);
    }
    compiler.compileBody(node.body, frame);
    compiler._emitLine('return capture(context, output);');
  });
}

/** Writes the whole template: its root, then its blocks. */
export function writeTemplate(compiler: JinjaCompiler, root: NodeOf<'Root'>): string[] {
  let extending: NodeOf<'Extends'> | undefined;
  for (const node of descendants(root)) {
    if (node.typename === 'Extends') extending ??= node;
    if (node.typename === 'AutoEscape') compiler.usesAutoescape = true;
    if (node.typename !== 'Block') continue;
    if (compiler.blocks.has(node.name)) {
      compiler.refuse(`block ${compiler.reprText(node.name)} defined twice`, node);
    }
    compiler.blocks.set(node.name, node);
  }
  if (compiler.target.traced) compiler.assignments = new Assignments(descendants(root));
  const frame = new Frame();
  const usesSelf = undeclared(root.body, ['self']).size > 0;
  if (usesSelf) frame.symbols.declareParameter('self');
  compiler.analyse(frame, root);
  frame.toplevel = true;
  frame.rootlevel = true;
  frame.requireOutputCheck = extending !== undefined;
  const functions = [
    compiler.functionCode('function root(context)', () => {
      startTracing(compiler);
      if (extending) compiler._emitLine('let parent;');
      compiler.enter(frame);
      if (usesSelf) {
        const variable = compiler.variableOf('self', frame);
        compiler._emitLine(`${variable} = templateReference(context);`);
      }
      compiler.compileBody(root.body, frame);
      if (extending) {
        traceFrom(compiler, extending);
        compiler._emitLine(
          'if (parent !== undefined) { output = context.state.flush(output); return output + renderParent(context, parent); }',
        );
      }
      compiler._emitLine('return capture(context, output);');
    }),
  ];
  [...compiler.blocks.values()].forEach((node, i) => {
    functions.push(blockFunction(compiler, node, i));
  });
  return functions;
}
