import { type NodeClass, nodes } from '../nunjucks.ts';
import type { Place } from '../syntax-fault.ts';

type Body = readonly Statement[];

/** The arguments of a call, a filter or a test. */
export interface Arguments {
  readonly args: readonly Expression[];
  readonly kwargs: readonly { readonly key: string; readonly value: Expression }[];
  readonly dynArgs: Expression | undefined;
  readonly dynKwargs: Expression | undefined;
}

/** The parameters of a macro or a call block. */
export interface Signature {
  readonly params: readonly NodeOf<'Symbol'>[];
  /** The defaults of the last parameters. */
  readonly defaults: readonly Expression[];
}

interface Binary {
  readonly left: Expression;
  readonly right: Expression;
}

/** What each expression node holds. `ctx` says whether a name is read, set, or a parameter. */
interface ExpressionShapes {
  Symbol: { readonly value: string; ctx: 'load' | 'store' | 'param' };
  NSRef: { readonly name: string; readonly attr: string };
  Literal: { readonly value: unknown };
  Tuple: { readonly items: readonly Expression[] };
  Array: { readonly items: readonly Expression[] };
  Dict: { readonly pairs: readonly { readonly key: Expression; readonly value: Expression }[] };
  InlineIf: {
    readonly cond: Expression;
    readonly body: Expression;
    readonly else_: Expression | undefined;
  };
  Or: Binary;
  And: Binary;
  Not: { readonly target: Expression };
  Compare: {
    readonly expr: Expression;
    readonly ops: readonly { readonly op: string; readonly expr: Expression }[];
  };
  Add: Binary;
  Sub: Binary;
  Mul: Binary;
  Div: Binary;
  FloorDiv: Binary;
  Mod: Binary;
  Pow: Binary;
  Neg: { readonly target: Expression };
  Pos: { readonly target: Expression };
  Concat: { readonly items: readonly Expression[] };
  Getattr: { readonly target: Expression; readonly attr: string };
  LookupVal: { readonly target: Expression; readonly val: Expression };
  Slice: {
    readonly start: Expression | undefined;
    readonly stop: Expression | undefined;
    readonly step: Expression | undefined;
  };
  FunCall: { readonly target: Expression } & Arguments;
  Filter: { readonly target: Expression | undefined; readonly name: string } & Arguments;
  Is: { readonly target: Expression; readonly name: string } & Arguments;
}

/** What each statement node holds. */
interface StatementShapes {
  TemplateData: { readonly value: string };
  Output: { readonly items: readonly (Expression | NodeOf<'TemplateData'>)[] };
  For: {
    readonly target: Expression;
    readonly iter: Expression;
    readonly body: Body;
    readonly else_: Body;
    readonly test: Expression | undefined;
    readonly recursive: boolean;
  };
  If: {
    readonly test: Expression;
    readonly body: Body;
    readonly elifs: readonly NodeOf<'If'>[];
    readonly else_: Body;
  };
  Set: { readonly target: Expression; readonly value: Expression };
  SetBlock: {
    readonly target: Expression;
    readonly filter: NodeOf<'Filter'> | undefined;
    readonly body: Body;
  };
  With: {
    readonly targets: readonly Expression[];
    readonly values: readonly Expression[];
    readonly body: Body;
  };
  AutoEscape: { readonly value: Expression; readonly body: Body };
  Block: {
    readonly name: string;
    readonly scoped: boolean;
    readonly required: boolean;
    readonly body: Body;
  };
  Extends: { readonly template: Expression };
  Include: {
    readonly template: Expression;
    readonly ignoreMissing: boolean;
    readonly withContext: boolean;
  };
  Import: { readonly template: Expression; readonly target: string; readonly withContext: boolean };
  FromImport: {
    readonly template: Expression;
    readonly names: readonly { readonly name: string; readonly alias: string }[];
    readonly withContext: boolean;
  };
  Macro: { readonly name: string; readonly signature: Signature; readonly body: Body };
  CallBlock: {
    readonly signature: Signature;
    readonly call: NodeOf<'FunCall'>;
    readonly body: Body;
  };
  FilterBlock: { readonly filter: NodeOf<'Filter'>; readonly body: Body };
  Root: { readonly body: Body };
}

type Shapes = ExpressionShapes & StatementShapes;
export type Typename = keyof Shapes;
export type NodeOf<T extends Typename> = Shapes[T] & Place & { readonly typename: T };
export type Expression = { [T in keyof ExpressionShapes]: NodeOf<T> }[keyof ExpressionShapes];
export type Statement = { [T in keyof StatementShapes]: NodeOf<T> }[keyof StatementShapes];
export type AnyNode = Expression | Statement;

const CLASSES = new Map<string, NodeClass>();

/** nunjucks's node class where it has the node with the same fields; otherwise a class of our own. */
function classOf(typename: string, fields: string[]): NodeClass {
  const known = CLASSES.get(typename);
  if (known !== undefined) return known;
  const native = nodes[typename];
  const isSame =
    native !== undefined && new native(0, 0).fields.every((field) => fields.includes(field));
  const made = isSame ? native : (nodes.Node as NodeClass).extend(typename, { fields });
  CLASSES.set(typename, made);
  return made;
}

/** Makes a node at a place in the source. */
export function node<T extends Typename>(typename: T, place: Place, shape: Shapes[T]): NodeOf<T> {
  const made = new (classOf(typename, Object.keys(shape)))(place.lineno, place.colno);
  return Object.assign(made, shape) as unknown as NodeOf<T>;
}

/** Whether a value found in a node is a node itself. */
const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && 'typename' in value && 'lineno' in value;

function collectNodes(value: unknown, found: AnyNode[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const item of value) collectNodes(item, found);
  else if (isNode(value)) found.push(value);
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) collectNodes(item, found);
  }
}

/** Many passes look at the same nodes, which never change their children. */
const CHILDREN = new WeakMap<AnyNode, readonly AnyNode[]>();

/** The nodes directly below a node, in the order of its fields; lists and records are looked through. */
export function childNodes(parent: AnyNode): readonly AnyNode[] {
  let children = CHILDREN.get(parent);
  if (children === undefined) {
    const found: AnyNode[] = [];
    for (const value of Object.values(parent)) collectNodes(value, found);
    children = found;
    CHILDREN.set(parent, children);
  }
  return children;
}

function collectDescendants(parent: AnyNode, found: AnyNode[]): void {
  for (const child of childNodes(parent)) {
    found.push(child);
    collectDescendants(child, found);
  }
}

/** All nodes below a node. */
export function descendants(parent: AnyNode): readonly AnyNode[] {
  const found: AnyNode[] = [];
  collectDescendants(parent, found);
  return found;
}
