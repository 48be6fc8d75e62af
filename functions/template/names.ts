import { nearest } from './nearest.ts';
import { type AnyNode, descendants, type NodeOf } from './parser/nodes.ts';

/** A name that a template reads, and that nothing gives it a value. */
export interface UnknownName {
  readonly name: string;
  readonly template: string;
  /** Where it is read first; both count from 1, the column in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  /** The name that was probably meant. */
  readonly hint: string | undefined;
}

type Read = Omit<UnknownName, 'hint'>;

/** Names that Jinja2 itself gives a meaning to in loops, macros, call blocks and blocks. */
const OWN = ['loop', 'self', 'super', 'caller', 'varargs', 'kwargs'];
const TESTS: ReadonlySet<string> = new Set(['defined', 'undefined']);
const DEFAULTS: ReadonlySet<string> = new Set(['default', 'd']);

/** Names that a node gives values to, wherever they hold. */
function givenBy(node: AnyNode): readonly string[] {
  if (node.typename === 'Symbol') return node.ctx === 'load' ? [] : [node.value];
  if (node.typename === 'Macro') return [node.name];
  if (node.typename === 'Import') return [node.target];
  if (node.typename === 'FromImport') return node.names.map(({ alias }) => alias);
  return [];
}

/** A name that may be missing, as its author knows: `x is defined`, `x|default(1)`. */
function askedFor(node: AnyNode): string | undefined {
  const isAsked =
    (node.typename === 'Is' && TESTS.has(node.name)) ||
    (node.typename === 'Filter' && DEFAULTS.has(node.name));
  return isAsked && node.target?.typename === 'Symbol' ? node.target.value : undefined;
}

/**
 * The names of one template and what it includes. An undefined name is no error in Jinja2, but nothing: a loop over a
 * misspelt one has no rounds. What templates give each other is looked at together, so that a name counts as known
 * where any of them gives it a value.
 */
export class Names {
  private readonly given = new Set(OWN);
  private readonly read = new Map<string, Read>();

  note(root: NodeOf<'Root'>, template: string): void {
    for (const node of descendants(root)) {
      for (const name of givenBy(node)) this.given.add(name);
      const asked = askedFor(node);
      if (asked !== undefined) this.given.add(asked);
      const isRead = node.typename === 'Symbol' && node.ctx === 'load';
      if (isRead && !this.read.has(node.value)) {
        const { value: name, lineno: line, colno: column } = node;
        this.read.set(name, { name, template, line, column });
      }
    }
  }

  /** @param known what templates see beside what they give each other */
  unknown(known: Iterable<string>): readonly UnknownName[] {
    const all = new Set([...known, ...this.given]);
    return [...this.read.values()]
      .filter(({ name }) => !all.has(name))
      .map((read) => ({ ...read, hint: nearest(read.name, [...all]) }));
  }
}
