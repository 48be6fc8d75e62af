import { type AnyNode, childNodes, type NodeOf } from '../parser/nodes.ts';

/** Where a local variable's value comes from when its scope is entered. */
export type Load =
  | { readonly from: 'parameter' }
  | { readonly from: 'undefined' }
  | { readonly from: 'context'; readonly name: string }
  | { readonly from: 'outer'; readonly ident: string };

/** The names of one scope, and the local variables that hold them: `Symbols` of Jinja2's `idtracking`. */
export class Symbols {
  readonly level: number;
  readonly parent: Symbols | undefined;
  readonly refs: Map<string, string>;
  readonly loads: Map<string, Load>;
  readonly stores: Set<string>;

  constructor(parent: Symbols | undefined, from?: Symbols) {
    this.parent = parent;
    this.level = from?.level ?? (parent === undefined ? 0 : parent.level + 1);
    this.refs = new Map(from?.refs);
    this.loads = new Map(from?.loads);
    this.stores = new Set(from?.stores);
  }

  copy(): Symbols {
    return new Symbols(this.parent, this);
  }

  private define(name: string, load: Load): string {
    const ident = `${this.level}:${name}`;
    this.refs.set(name, ident);
    this.loads.set(ident, load);
    return ident;
  }

  findRef(name: string): string | undefined {
    return this.refs.get(name) ?? this.parent?.findRef(name);
  }

  findLoad(ident: string): Load | undefined {
    return this.loads.get(ident) ?? this.parent?.findLoad(ident);
  }

  /** The variable of a name that the analysis has seen. */
  ref(name: string): string {
    const ident = this.findRef(name);
    if (ident === undefined) throw new Error(`name was not analysed: ${name}`);
    return ident;
  }

  store(name: string): void {
    this.stores.add(name);
    if (this.refs.has(name)) return;
    const outer = this.parent?.findRef(name);
    this.define(
      name,
      outer === undefined ? { from: 'undefined' } : { from: 'outer', ident: outer },
    );
  }

  declareParameter(name: string): string {
    this.stores.add(name);
    return this.define(name, { from: 'parameter' });
  }

  load(name: string): void {
    if (this.findRef(name) === undefined) this.define(name, { from: 'context', name });
  }

  /** Joins the branches of an `if`: a name that only some of them set keeps its outer value in the others. */
  joinBranches(branches: readonly Symbols[]): void {
    const counts = new Map<string, number>();
    for (const branch of branches) {
      for (const name of branch.stores) {
        if (!this.stores.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    for (const branch of branches) {
      for (const [name, ident] of branch.refs) this.refs.set(name, ident);
      for (const [ident, load] of branch.loads) this.loads.set(ident, load);
      for (const name of branch.stores) this.stores.add(name);
    }
    for (const [name, count] of counts) {
      if (count === branches.length) continue;
      const outer = this.parent?.findRef(name);
      this.loads.set(
        this.ref(name),
        outer === undefined ? { from: 'context', name } : { from: 'outer', ident: outer },
      );
    }
  }

  /** The names that this scope and those around it set, with their variables. */
  allStores(): Map<string, string> {
    const stores = new Map<string, string>();
    for (let scope: Symbols | undefined = this; scope !== undefined; scope = scope.parent) {
      for (const name of [...scope.stores].sort()) {
        if (!stores.has(name)) stores.set(name, this.ref(name));
      }
    }
    return stores;
  }
}

function visitAll(symbols: Symbols, nodes: Iterable<AnyNode>): void {
  for (const child of nodes) visit(symbols, child);
}

function visitIf(symbols: Symbols, statement: NodeOf<'If'>): void {
  visit(symbols, statement.test);
  const branches = [statement.body, statement.elifs, statement.else_].map((body) => {
    const branch = symbols.copy();
    visitAll(branch, body);
    return branch;
  });
  symbols.joinBranches(branches);
}

/** What a node that opens a scope shows to the scope around it; other nodes show all of their children. */
const OUTER_PARTS: {
  readonly [T in AnyNode['typename']]?: (node: NodeOf<T>) => readonly AnyNode[];
} = {
  Import: ({ template }) => [template],
  FromImport: ({ template }) => [template],
  Set: ({ value, target }) => [value, target],
  SetBlock: ({ target }) => [target],
  For: ({ iter }) => [iter],
  Macro: () => [],
  CallBlock: ({ call }) => [call],
  FilterBlock: ({ filter }) => [filter],
  With: ({ values }) => values,
  AutoEscape: () => [],
  Block: () => [],
};

/** Notes the names that a node uses in the scope around it. */
function visit(symbols: Symbols, node: AnyNode): void {
  if (node.typename === 'If') {
    visitIf(symbols, node);
    return;
  }
  if (node.typename === 'Symbol') {
    if (node.ctx === 'param') symbols.declareParameter(node.value);
    else if (node.ctx === 'store') symbols.store(node.value);
    else symbols.load(node.value);
    return;
  }
  const parts = OUTER_PARTS[node.typename] as ((node: AnyNode) => readonly AnyNode[]) | undefined;
  visitAll(symbols, parts?.(node) ?? childNodes(node));
  if (node.typename === 'NSRef') symbols.load(node.name);
  else if (node.typename === 'Macro') symbols.store(node.name);
  else if (node.typename === 'Import') symbols.store(node.target);
  else if (node.typename === 'FromImport') for (const { alias } of node.names) symbols.store(alias);
}

function declareTarget(symbols: Symbols, target: AnyNode): void {
  if (target.typename === 'Symbol') symbols.declareParameter(target.value);
  else for (const child of childNodes(target)) declareTarget(symbols, child);
}

/** Which part of a `for` a scope is for. */
export type ForPart = 'body' | 'else' | 'test';

/** Analyses one part of a loop in its own scope. */
export function analyseFor(symbols: Symbols, loop: NodeOf<'For'>, part: ForPart): void {
  if (part !== 'else') declareTarget(symbols, loop.target);
  if (part === 'body') visitAll(symbols, loop.body);
  else if (part === 'else') visitAll(symbols, loop.else_);
  else if (loop.test !== undefined) visit(symbols, loop.test);
}

/** What is in the scope that a node opens, in the order in which it counts. */
function innerParts(node: AnyNode): Iterable<AnyNode> {
  switch (node.typename) {
    case 'SetBlock':
      return node.filter === undefined ? node.body : [node.filter, ...node.body];
    case 'Macro':
    case 'CallBlock':
      return [...node.signature.params, ...node.signature.defaults, ...node.body];
    case 'With':
      return [...node.targets, ...node.body];
    default:
      return childNodes(node);
  }
}

/** Analyses, in its own scope, what is inside of a node that opens one. */
export function analyse(symbols: Symbols, node: AnyNode): void {
  visitAll(symbols, innerParts(node));
}

/** Which of some names are read in the nodes without being set there before; blocks are not entered. */
export function undeclared(nodes: Iterable<AnyNode>, names: readonly string[]): Set<string> {
  const open = new Set(names);
  const found = new Set<string>();
  const search = (node: AnyNode): void => {
    if (node.typename === 'Block') return;
    if (node.typename !== 'Symbol') {
      for (const child of childNodes(node)) search(child);
    } else if (node.ctx === 'load' && open.has(node.value)) {
      found.add(node.value);
    } else {
      open.delete(node.value);
    }
  };
  for (const node of nodes) search(node);
  return found;
}
