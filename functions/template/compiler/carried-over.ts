import { type AnyNode, childNodes, type NodeOf, type Statement } from '../parser/nodes.ts';

/** Collects the names that are read although they may not have been set before, in this round of a loop. */
class Reads {
  readonly found = new Map<string, AnyNode>();

  expression(node: AnyNode, isSet: ReadonlySet<string>): void {
    if (node.typename === 'Symbol') {
      if (node.ctx === 'load' && !isSet.has(node.value) && !this.found.has(node.value)) {
        this.found.set(node.value, node);
      }
      return;
    }
    for (const child of childNodes(node)) this.expression(child, isSet);
  }

  /** Goes through statements in order; gives the names that are certainly set after them. */
  body(statements: readonly Statement[], before: ReadonlySet<string>): Set<string> {
    let isSet = new Set(before);
    for (const statement of statements) isSet = this.statement(statement, isSet);
    return isSet;
  }

  private statement(node: Statement, isSet: Set<string>): Set<string> {
    switch (node.typename) {
      case 'Set':
        this.expression(node.value, isSet);
        return new Set([...isSet, ...targetNames(node.target)]);
      case 'SetBlock':
        this.body(node.body, isSet);
        return new Set([...isSet, ...targetNames(node.target)]);
      case 'If':
        return this.branches(node, isSet);
      case 'For': {
        this.expression(node.iter, isSet);
        const inner = new Set([...isSet, ...targetNames(node.target), 'loop']);
        if (node.test !== undefined) this.expression(node.test, inner);
        this.body(node.body, inner);
        this.body(node.else_, isSet);
        return isSet;
      }
      default:
        this.expression(node, isSet);
        return isSet;
    }
  }

  private branches(node: NodeOf<'If'>, isSet: Set<string>): Set<string> {
    this.expression(node.test, isSet);
    const ends = [this.body(node.body, isSet)];
    for (const elif of node.elifs) {
      this.expression(elif.test, isSet);
      ends.push(this.body(elif.body, isSet));
    }
    ends.push(this.body(node.else_, isSet));
    const [first = isSet, ...others] = ends;
    return new Set([...first].filter((name) => others.every((end) => end.has(name))));
  }
}

/** The names that an assignment's target sets. */
export function targetNames(target: AnyNode): string[] {
  if (target.typename === 'Symbol') return [target.value];
  return target.typename === 'Tuple' ? target.items.flatMap(targetNames) : [];
}

function* setNames(statements: readonly Statement[]): Generator<readonly [string, AnyNode]> {
  for (const node of statements) {
    if (node.typename === 'Set' || node.typename === 'SetBlock') {
      for (const name of targetNames(node.target)) yield [name, node];
    } else if (node.typename === 'If') {
      yield* setNames([...node.body, ...node.elifs, ...node.else_]);
    } else if (node.typename === 'For' || node.typename === 'With') {
      yield* setNames(node.body);
    }
  }
}

/**
 * The names that a loop's body sets, and may read before it sets them: in Jinja2 2.8 they carry a value over from one
 * round to the next, in Jinja2 3 they do not.
 */
export function carriedOver(
  loop: NodeOf<'For'>,
): { readonly name: string; readonly at: AnyNode }[] {
  const reads = new Reads();
  reads.body(loop.body, new Set([...targetNames(loop.target), 'loop']));
  const carried = new Map<string, AnyNode>();
  for (const [name, at] of setNames(loop.body)) {
    if (reads.found.has(name) && !carried.has(name)) carried.set(name, at);
  }
  return Array.from(carried, ([name, at]) => ({ name, at }));
}
