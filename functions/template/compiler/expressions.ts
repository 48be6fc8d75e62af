import type { Expression, NodeOf } from '../parser/nodes.ts';
import { Float } from '../values/classes/float.ts';
import { repr } from '../values/print.ts';
import { typeName } from '../values/type-name.ts';
import { attributeGetter } from './attribute.ts';
import { call, filter, test } from './calls.ts';
import type { Emit, JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';
import { LOOP_FIELDS, loopVariable } from './loop-fields.ts';
import { percent } from './percent.ts';
import { quote } from './writer.ts';

type Binary = 'Add' | 'Sub' | 'Mul' | 'Div' | 'FloorDiv' | 'Mod' | 'Pow';

const OPERATIONS: Readonly<Record<Binary, string>> = {
  Add: 'add',
  Sub: 'sub',
  Mul: 'mul',
  Div: 'div',
  FloorDiv: 'floordiv',
  Mod: 'mod',
  Pow: 'pow',
};

const COMPARISONS: Readonly<Record<string, string>> = {
  lt: '<',
  lteq: '<=',
  gt: '>',
  gteq: '>=',
};

const list = (compiler: JinjaCompiler, items: readonly Expression[], frame: Frame): string =>
  items.map((item) => compiler.expression(item, frame)).join(', ');

function literal(compiler: JinjaCompiler, { value }: NodeOf<'Literal'>): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Float) return compiler.constant(value);
  return String(value);
}

function symbol(compiler: JinjaCompiler, node: NodeOf<'Symbol'>, frame: Frame): string {
  const ident = frame.symbols.ref(node.value);
  const variable = compiler.variable(ident);
  compiler.noteLoop(variable);
  if (compiler.isContextVariable(variable)) return variable;
  const isParameter = frame.symbols.findLoad(ident)?.from === 'parameter';
  if (isParameter && !compiler.unsetParameters.at(-1)?.has(ident)) return variable;
  return `(${variable} === MISSING ? undefinedVariable(${quote(node.value)}) : ${variable})`;
}

function inlineIf(compiler: JinjaCompiler, node: NodeOf<'InlineIf'>, frame: Frame): string {
  const inner = frame.soft();
  const { name } = compiler.target;
  const position = `line ${node.lineno}${name === undefined ? '' : ` in ${compiler.reprText(name)}`}`;
  const else_ =
    node.else_ === undefined
      ? `undefinedBecause(${quote(`the inline if-expression on ${position} evaluated to false and no else section was defined.`)})`
      : compiler.expression(node.else_, inner);
  const cond = compiler.condition(node.cond, inner);
  return `(${cond} ? ${compiler.expression(node.body, inner)} : ${else_})`;
}

function compare(compiler: JinjaCompiler, node: NodeOf<'Compare'>, frame: Frame): string {
  let left = compiler.expression(node.expr, frame);
  const parts = node.ops.map(({ op, expr }, i) => {
    let right = compiler.expression(expr, frame);
    const isLast = i === node.ops.length - 1;
    const kept = isLast ? '' : compiler.local();
    if (!isLast) right = `(${kept}=${right})`;
    const [a, b] = compiler.operandsAt(node, [left, right]) as [string, string];
    left = kept;
    switch (op) {
      case 'eq':
        return `equals(${a}, ${b})`;
      case 'ne':
        return `!equals(${a}, ${b})`;
      case 'in':
        return `isIn(${a}, ${b})`;
      case 'notin':
        return `!isIn(${a}, ${b})`;
      default:
        return `compare(${quote(COMPARISONS[op] as string)}, ${a}, ${b})`;
    }
  });
  return `(${parts.join(' && ')})`;
}

function getattr(compiler: JinjaCompiler, node: NodeOf<'Getattr'>, frame: Frame): string {
  const { target, attr } = node;
  const loop = LOOP_FIELDS.has(attr) ? loopVariable(compiler, target, frame) : undefined;
  if (loop !== undefined) {
    compiler.noteLoop(loop, attr);
    return `${loop}.${attr}`;
  }
  const getter = attributeGetter(compiler, attr);
  return `${getter}(${compiler.operandsAt(target, [compiler.expression(target, frame)])})`;
}

/**
 * A slice of a number, bool or None is an error at run time, but where all of it is constant Jinja2 computes it
 * while it compiles, and there it is undefined. Why it is; undefined in JavaScript's sense for every other slice.
 */
function constantSlice(
  target: Expression,
  { start, stop, step }: NodeOf<'Slice'>,
): string | undefined {
  if (target.typename !== 'Literal' || typeof target.value === 'string') return undefined;
  const bounds: unknown[] = [];
  for (const bound of [start, stop, step]) {
    if (bound !== undefined && bound.typename !== 'Literal') return undefined;
    bounds.push(bound === undefined ? null : bound.value);
  }
  const slice = `slice(${bounds.map((bound) => repr(bound)).join(', ')})`;
  return `${target.value === null ? 'None' : `${typeName(target.value)} object`} has no element ${slice}`;
}

function lookup(compiler: JinjaCompiler, node: NodeOf<'LookupVal'>, frame: Frame): string {
  const target = compiler.expression(node.target, frame);
  if (node.val.typename !== 'Slice') {
    const operands = [target, compiler.expression(node.val, frame)];
    return `getitem(${compiler.operandsAt(node.target, operands)})`;
  }
  const unsliced = constantSlice(node.target, node.val);
  if (unsliced !== undefined) return `undefinedBecause(${quote(unsliced)})`;
  const { start, stop, step } = node.val;
  const bounds = [start, stop, step].map((bound) =>
    bound === undefined ? 'null' : compiler.expression(bound, frame),
  );
  return `slice(${compiler.operandsAt(node, [target, ...bounds])})`;
}

function dict(compiler: JinjaCompiler, node: NodeOf<'Dict'>, frame: Frame): string {
  const pairs = node.pairs.map(
    ({ key, value }) =>
      `[${compiler.expression(key, frame)}, ${compiler.expression(value, frame)}]`,
  );
  return `dict(${compiler.operandsAt(node, [`[${pairs.join(', ')}]`])})`;
}

function concat(compiler: JinjaCompiler, node: NodeOf<'Concat'>, frame: Frame): string {
  const items = node.items.map((item) => compiler.expression(item, frame));
  const operands = compiler.operandsAt(node, items).join(', ');
  if (frame.autoescape === false) return `concat(${operands})`;
  if (frame.autoescape === true) return `concatMarkup(${operands})`;
  return `(context.autoescape ? concatMarkup : concat)(${operands})`;
}

const binary =
  (typename: Binary) =>
  (compiler: JinjaCompiler, node: NodeOf<Binary>, frame: Frame): string => {
    const operands = [node.left, node.right].map((side) => compiler.expression(side, frame));
    return `${OPERATIONS[typename]}(${compiler.operandsAt(node, operands)})`;
  };

const logical =
  (isAnd: boolean) =>
  (compiler: JinjaCompiler, node: NodeOf<'And' | 'Or'>, frame: Frame): string => {
    const value = compiler.local();
    const left = compiler.expression(node.left, frame);
    const right = compiler.expression(node.right, frame);
    return `(truth(${value}=${left}) ? ${isAnd ? `${right} : ${value}` : `${value} : ${right}`})`;
  };

const unary =
  (operation: string) =>
  (compiler: JinjaCompiler, node: NodeOf<'Neg' | 'Pos'>, frame: Frame): string =>
    `${operation}(${compiler.operandsAt(node, [compiler.expression(node.target, frame)])})`;

const EXPRESSIONS: { readonly [T in Expression['typename']]?: Emit<T, string> } = {
  Literal: literal,
  Symbol: symbol,
  Tuple: (compiler, { items }, frame) => `tuple([${list(compiler, items, frame)}])`,
  Array: (compiler, { items }, frame) => `[${list(compiler, items, frame)}]`,
  Dict: dict,
  InlineIf: inlineIf,
  Or: logical(false),
  And: logical(true),
  Not: (compiler, { target }, frame) => `!${compiler.condition(target, frame)}`,
  Compare: compare,
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div'),
  FloorDiv: binary('FloorDiv'),
  Mod: (compiler, node, frame) =>
    percent(compiler, node, frame) ?? binary('Mod')(compiler, node, frame),
  Pow: binary('Pow'),
  Neg: unary('neg'),
  Pos: unary('pos'),
  Concat: concat,
  Getattr: getattr,
  LookupVal: lookup,
  Slice: (compiler, { start, stop, step }, frame) =>
    `sliceKey(${[start, stop, step].map((bound) => (bound === undefined ? 'null' : compiler.expression(bound, frame)))})`,
  FunCall: call,
  Filter: filter,
  Is: test,
};

/** Writes one expression. */
export function emitExpression(compiler: JinjaCompiler, node: Expression, frame: Frame): string {
  const emit = EXPRESSIONS[node.typename] as Emit<Expression['typename'], string> | undefined;
  if (emit === undefined) throw new Error(`no expression: ${node.typename}`);
  return emit(compiler, node, frame);
}

const BOOLEANS: ReadonlySet<string> = new Set(['Not', 'Compare', 'Is']);

/** Writes an expression as a JavaScript condition. */
export function emitCondition(compiler: JinjaCompiler, node: Expression, frame: Frame): string {
  if (node.typename === 'And' || node.typename === 'Or') {
    const sides = [node.left, node.right].map((side) => compiler.condition(side, frame));
    return `(${sides.join(node.typename === 'And' ? ' && ' : ' || ')})`;
  }
  const code = compiler.expression(node, frame);
  return BOOLEANS.has(node.typename) ? code : `truth(${code})`;
}
