import type { Expression, NodeOf } from '../parser/nodes.ts';
import { SyntaxFault } from '../syntax-fault.ts';
import { callWith } from './calls.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Dependencies } from './dependencies.ts';
import type { Frame } from './frame.ts';
import { undeclared } from './symbols.ts';
import { tracedStatement } from './tracing.ts';
import { quote } from './writer.ts';

type MacroNode = NodeOf<'Macro'> | NodeOf<'CallBlock'>;

const SPECIAL = ['caller', 'kwargs', 'varargs'] as const;

interface MacroParts {
  readonly inner: Frame;
  /** The JavaScript parameters, in the order in which the runtime's Macro passes values. */
  readonly parameters: readonly string[];
  readonly accesses: ReadonlySet<string>;
}

/** Declares the parameters: the macro's own, then those of `caller`, `kwargs`, `varargs` that it uses. */
function declareParameters(compiler: JinjaCompiler, node: MacroNode, inner: Frame): MacroParts {
  const { params, defaults } = node.signature;
  const names = params.map(({ value }) => value);
  const accesses = new Set<string>();
  const special: string[] = [];
  const used = undeclared(node.body, SPECIAL);
  for (const name of SPECIAL) {
    if (!used.has(name)) continue;
    const index = names.indexOf(name);
    if (index === -1) special.push(name);
    else if (name !== 'caller') continue;
    else if (index < names.length - defaults.length) {
      compiler.refuse(
        'When defining macros or call blocks the special "caller" argument must be omitted or be given a default.',
        node,
      );
    }
    accesses.add(name);
  }
  for (const name of special) inner.symbols.declareParameter(name);
  const parameters = [...names, ...special].map((name) => inner.symbols.ref(name));
  return { inner, parameters, accesses };
}

/** Parameters that the call left out get their defaults, or say that they are undefined. */
function writeDefaults(compiler: JinjaCompiler, node: MacroNode, inner: Frame): void {
  const { params, defaults } = node.signature;
  compiler.unsetParameters.push(new Set(params.map(({ value }) => inner.symbols.ref(value))));
  params.forEach(({ value: name }, i) => {
    const variable = compiler.variableOf(name, inner);
    const given: Expression | undefined = defaults[i - params.length + defaults.length];
    const otherwise =
      given === undefined
        ? `undefinedParameter(${quote(name)})`
        : compiler.expression(given, inner);
    compiler._emitLine(`if (${variable} === MISSING) ${variable} = ${otherwise};`);
    compiler.unsetParameters.at(-1)?.delete(inner.symbols.ref(name));
  });
  compiler.unsetParameters.pop();
}

function macroFunction(
  compiler: JinjaCompiler,
  node: MacroNode,
  { inner, parameters }: MacroParts,
): string {
  const names = parameters.map(() => compiler._tmpid());
  return compiler.functionCode(`(${names.join(', ')}) =>`, () => {
    compiler.declare(inner);
    parameters.forEach((ident, i) => {
      compiler.bind(ident, names[i] as string);
    });
    compiler.load(inner);
    compiler.mark(node);
    writeDefaults(compiler, node, inner);
    compiler.compileBody(node.body, inner);
    compiler._emitLine('return capture(context, output);');
  });
}

/** A function that gives the values that the macro's text depends on, or `undefined` where they do not determine it. */
function freeVariables({ isPure, variables, usesOuterLoop }: Dependencies): string {
  if (!isPure || usesOuterLoop) return 'undefined';
  return `() => [${[...variables].join(', ')}]`;
}

/** The macro of a macro statement or of a call block's body, as an expression. */
function macroValue(compiler: JinjaCompiler, node: MacroNode, frame: Frame): string {
  const inner = frame.inner();
  inner.requireOutputCheck = false;
  inner.buffer = 'output';
  compiler.analyse(inner, node);
  const { parameters, accesses } = declareParameters(compiler, node, inner);
  let code = '';
  const dependencies = compiler.track(() => {
    code = macroFunction(compiler, node, { inner, parameters, accesses });
  });
  const own = node.signature.params.map(({ value }) => quote(value));
  const uses = SPECIAL.map((name) => `${name}: ${accesses.has(name)}`);
  const name = node.typename === 'Macro' ? quote(node.name) : 'null';
  const shape = compiler.hoist(
    `{ name: ${name}, params: [${own.join(', ')}], ${uses.join(', ')} }`,
  );
  return `macro(context, ${code}, ${shape}, ${freeVariables(dependencies)})`;
}

export function macro(compiler: JinjaCompiler, node: NodeOf<'Macro'>, frame: Frame): void {
  const value = macroValue(compiler, node, frame);
  const variable = compiler.variableOf(node.name, frame);
  compiler._emitLine(`${variable} = ${value};`);
  if (!frame.toplevel) return;
  if (!node.name.startsWith('_')) compiler._emitLine(`context.exported.add(${quote(node.name)});`);
  compiler._emitLine(`context.vars.set(${quote(node.name)}, ${variable});`);
}

export function callBlock(compiler: JinjaCompiler, node: NodeOf<'CallBlock'>, frame: Frame): void {
  if (node.call.kwargs.some(({ key }) => key === 'caller')) {
    throw new SyntaxFault('keyword argument repeated: caller', node, { type: 'SyntaxError' });
  }
  const caller = compiler.local();
  compiler._emitLine(`${caller} = ${macroValue(compiler, node, frame)};`);
  compiler.mark(node);
  const value = callWith(compiler, node.call, { frame, caller });
  const text = tracedStatement(compiler, node, `str(${value})`);
  compiler._emitLine(`${frame.buffer} += ${text};`);
}
