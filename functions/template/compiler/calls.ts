import type { Arguments, NodeOf } from '../parser/nodes.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';
import { isFinder } from '../values/index.ts';
import { loopVariable } from './loop-fields.ts';
import { tracedCall } from './tracing.ts';
import { quote } from './writer.ts';

interface CallArguments {
  /** The positional arguments, as expressions. */
  readonly positional: readonly string[];
  /** The keyword arguments as one expression, or `undefined` where there are none. */
  readonly keywords: string | undefined;
}

interface CallNode {
  readonly node: Arguments;
  readonly frame: Frame;
  /** More keyword arguments, as expressions. */
  readonly extra?: Readonly<Record<string, string>>;
}

function callArguments(
  compiler: JinjaCompiler,
  { node, frame, extra = {} }: CallNode,
): CallArguments {
  const positional = node.args.map((arg) => compiler.expression(arg, frame));
  if (node.dynArgs !== undefined) {
    positional.push(`...spread(${compiler.expression(node.dynArgs, frame)})`);
  }
  const pairs = node.kwargs.map(
    ({ key, value }) => `[${quote(key)}, ${compiler.expression(value, frame)}]`,
  );
  for (const [key, value] of Object.entries(extra)) pairs.push(`[${quote(key)}, ${value}]`);
  if (node.dynKwargs !== undefined) {
    const more = compiler.expression(node.dynKwargs, frame);
    return { positional, keywords: `kwargs([${pairs.join(', ')}], ${more})` };
  }
  const keywords = pairs.length === 0 ? undefined : `kwargs([${pairs.join(', ')}])`;
  return { positional, keywords };
}

/** `loop.cycle(...)`, which depends on the loop's index alone. */
function loopCycle(
  compiler: JinjaCompiler,
  node: NodeOf<'FunCall'>,
  frame: Frame,
): string | undefined {
  const { target, args, kwargs, dynArgs, dynKwargs } = node;
  if (target.typename !== 'Getattr' || target.attr !== 'cycle') return undefined;
  if (kwargs.length > 0 || dynArgs !== undefined || dynKwargs !== undefined) return undefined;
  const loop = loopVariable(compiler, target.target, frame);
  if (loop === undefined) return undefined;
  compiler.noteLoop(loop, 'index0');
  const items = args.map((arg) => compiler.expression(arg, frame));
  return `${loop}.cycle(${compiler.operandsAt(node, [`[${items.join(', ')}]`])})`;
}

/** What a method of a list of the inputs is called on: `inputs`, and the list's name. */
function listOfInputs(target: NodeOf<'FunCall'>['target']): NodeOf<'Getattr'> | undefined {
  if (target.typename !== 'Getattr' || !isFinder(target.attr)) return undefined;
  const list = target.target;
  if (list.typename !== 'Getattr' || list.target.typename !== 'Symbol') return undefined;
  return list.target.value === 'inputs' ? list : undefined;
}

/** A call; `caller` is the variable of a call block's body. */
export function callWith(
  compiler: JinjaCompiler,
  node: NodeOf<'FunCall'>,
  { frame, caller }: { readonly frame: Frame; readonly caller?: string },
): string {
  const { target } = node;
  const cycle = loopCycle(compiler, node, frame);
  if (cycle !== undefined) return cycle;
  const list = listOfInputs(target);
  const called = list?.target ?? (target.typename === 'Getattr' ? target.target : target);
  const callee = compiler.expression(called, frame);
  const extra = caller === undefined ? {} : { caller };
  const { positional, keywords } = callArguments(compiler, { node, frame, extra });
  const operands = [callee, `[${positional.join(', ')}]`];
  if (keywords !== undefined) operands.push(keywords);
  const placed = compiler.operandsAt(target, operands);
  const [object, ...rest] = tracedCall(compiler, node, placed);
  const context = compiler.usesAutoescape ? 'context' : 'undefined';
  if (target.typename === 'Getattr' && list !== undefined) {
    const names = `${quote(list.attr)}, ${quote(target.attr)}`;
    return `findInput(${context}, ${object}, ${names}, ${rest.join(', ')})`;
  }
  if (target.typename === 'Getattr') {
    return `callMethod(${context}, ${object}, ${quote(target.attr)}, ${rest.join(', ')})`;
  }
  return `call(${context}, ${object}, ${rest.join(', ')})`;
}

export const call = (compiler: JinjaCompiler, node: NodeOf<'FunCall'>, frame: Frame): string =>
  callWith(compiler, node, { frame });

/** Filters that apply another, which an argument names. */
const APPLYING: ReadonlySet<string> = new Set([
  'map',
  'select',
  'reject',
  'selectattr',
  'rejectattr',
]);

/** Whether a filter gives something else each time, or may apply one that does. */
function isRandom({
  typename,
  name,
  args,
  kwargs,
  dynArgs,
  dynKwargs,
}: NodeOf<'Filter' | 'Is'>): boolean {
  if (typename === 'Is' || name === 'random') return name === 'random';
  if (!APPLYING.has(name)) return false;
  if (dynArgs !== undefined || dynKwargs !== undefined) return true;
  return [...args, ...kwargs.map(({ value }) => value)].some((argument) =>
    argument.typename !== 'Literal' ? argument === args[0] : argument.value === 'random',
  );
}

/** The function of a filter or test; one that does not exist fails at once, or in an `if` when it runs. */
function named(compiler: JinjaCompiler, node: NodeOf<'Filter' | 'Is'>, frame: Frame): string {
  const kind = node.typename === 'Filter' ? 'filter' : 'test';
  if (isRandom(node)) compiler.noteImpure();
  const isKnown =
    kind === 'filter' ? compiler.target.hasFilter(node.name) : compiler.target.hasTest(node.name);
  const name = quote(node.name);
  if (isKnown) return compiler.hoist(`${kind}(${name})`);
  if (!frame.softFrame) {
    const hint = compiler.target.suggest(kind, node.name);
    compiler.refuse(`No ${kind} named ${compiler.reprText(node.name)}.`, node, hint);
  }
  return compiler.hoist(`unknown(${quote(kind)}, ${name})`);
}

/** What filters and tests may know of where they stand. */
function runtimeOf(frame: Frame): string {
  if (frame.autoescape === 'volatile')
    return '(context.autoescape ? escapingRuntime : plainRuntime)';
  return frame.autoescape ? 'escapingRuntime' : 'plainRuntime';
}

function applied(
  compiler: JinjaCompiler,
  node: NodeOf<'Filter' | 'Is'>,
  { frame, value }: { readonly frame: Frame; readonly value: string },
): string {
  const { positional, keywords } = callArguments(compiler, { node, frame });
  const operands = [value, ...positional];
  if (keywords !== undefined) operands.push(keywords);
  const placed = compiler.operandsAt(node, operands).join(', ');
  return `${named(compiler, node, frame)}(${runtimeOf(frame)}, ${placed})`;
}

/** A filter; a block's filter, which has no target of its own, gets what `blockValue` says. */
export function filter(
  compiler: JinjaCompiler,
  node: NodeOf<'Filter'>,
  frame: Frame,
  blockValue = '',
): string {
  let value = blockValue;
  if (node.target?.typename === 'Filter') value = filter(compiler, node.target, frame, blockValue);
  else if (node.target !== undefined) value = compiler.expression(node.target, frame);
  return applied(compiler, node, { frame, value });
}

export const test = (compiler: JinjaCompiler, node: NodeOf<'Is'>, frame: Frame): string =>
  applied(compiler, node, { frame, value: compiler.expression(node.target, frame) });
