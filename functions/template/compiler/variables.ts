import { type AnyNode, childNodes, type Expression } from '../parser/nodes.ts';
import { targetNames } from './carried-over.ts';

/** Members of a path that a trace names. */
const MOST_MEMBERS = 4;

/** A chain of members of a variable, as far as the source tells them: `params.zone`. */
function pathOf(node: AnyNode): readonly string[] | undefined {
  if (node.typename === 'Symbol') return [node.value];
  if (node.typename === 'Getattr') return extended(node.target, node.attr);
  if (node.typename === 'LookupVal' && node.val.typename === 'Literal') {
    return extended(node.target, node.val.value);
  }
  if (node.typename !== 'FunCall' || node.target.typename !== 'Getattr') return undefined;
  const [key] = node.args;
  const isGet = node.target.attr === 'get' && key?.typename === 'Literal';
  return isGet ? extended(node.target.target, key.value) : undefined;
}

function extended(target: Expression, member: unknown): readonly string[] | undefined {
  const path = pathOf(target);
  return path && path.length <= MOST_MEMBERS ? [...path, String(member)] : path;
}

/** The paths in a node, each as long as it is. */
function pathsIn(node: AnyNode): readonly (readonly string[])[] {
  if (node.typename === 'Symbol' && node.ctx !== 'load') return [];
  const path = pathOf(node);
  const others = node.typename === 'FunCall' ? node.args.slice(1) : [];
  return path ? [path, ...others.flatMap(pathsIn)] : childNodes(node).flatMap(pathsIn);
}

/** What is known of a template's variables before it runs. */
export class Assignments {
  /** What each name is set to somewhere. */
  private readonly values = new Map<string, Expression[]>();
  /** Items of loops. */
  private readonly items = new Set(['loop']);
  private readonly parameters = new Set(['caller', 'varargs', 'kwargs']);

  constructor(nodes: Iterable<AnyNode> = []) {
    for (const node of nodes) {
      if (node.typename === 'Set') this.add(node.target, node.value);
      else if (node.typename === 'With') {
        node.targets.forEach((target, i) => {
          this.add(target, node.values[i] as Expression);
        });
      } else if (node.typename === 'SetBlock') this.add(node.target);
      else if (node.typename === 'For') {
        for (const name of targetNames(node.target)) this.items.add(name);
      } else if (node.typename === 'Macro' || node.typename === 'CallBlock') {
        for (const { value } of node.signature.params) this.parameters.add(value);
      }
    }
  }

  private add(target: Expression, value?: Expression): void {
    for (const name of targetNames(target)) {
      const values = this.values.get(name) ?? [];
      this.values.set(name, value ? [...values, value] : values);
    }
  }

  isSet(name: string): boolean {
    return this.values.has(name);
  }

  isParameter(name: string): boolean {
    return this.parameters.has(name);
  }

  /** The variables of the context that a node reads, by itself or by what it names. */
  variablesOf(node: AnyNode, seen: ReadonlySet<string> = new Set()): readonly string[] {
    const all = pathsIn(node).flatMap((path) => {
      const [name = ''] = path;
      const values = this.values.get(name);
      const isBound = this.items.has(name) || this.parameters.has(name);
      if (values === undefined) return isBound ? [] : [path.join('.')];
      if (seen.has(name)) return [];
      return values.flatMap((value) => this.variablesOf(value, new Set([...seen, name])));
    });
    return [...new Set(all)];
  }
}
