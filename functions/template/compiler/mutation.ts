import { type AnyNode, descendants, type NodeOf } from '../parser/nodes.ts';
import { isDictMethod } from './attribute.ts';

/** The methods of lists and dicts that change them. */
const MUTATORS: ReadonlySet<unknown> = new Set([
  'append',
  'clear',
  'extend',
  'insert',
  'pop',
  'popitem',
  'remove',
  'reverse',
  'setdefault',
  'sort',
  'update',
]);

/** Filters that look up an attribute whose name is an argument. */
const LOOKUP_FILTERS: ReadonlySet<string> = new Set([
  'attr',
  'map',
  'groupby',
  'sum',
  'min',
  'max',
]);

const namesMutator = (node: AnyNode): boolean =>
  (node.typename === 'Getattr' && MUTATORS.has(node.attr)) ||
  (node.typename === 'Literal' && MUTATORS.has(node.value));

/** Whether a node may look up a method by a name that is not in the source. */
function looksUpAnything(node: AnyNode): boolean {
  if (node.typename === 'LookupVal') {
    return node.val.typename !== 'Literal' && node.val.typename !== 'Slice';
  }
  return (
    node.typename === 'Filter' &&
    LOOKUP_FILTERS.has(node.name) &&
    [...node.args, ...node.kwargs.map(({ value }) => value)].some(
      (argument) => argument.typename !== 'Literal',
    )
  );
}

/** Whether a node may call a value that was looked up elsewhere; a dict's methods come before its items. */
const callsAnything = (node: AnyNode): boolean =>
  node.typename === 'NSRef' ||
  (node.typename === 'FunCall' &&
    !(node.target.typename === 'Getattr' && isDictMethod(node.target.attr)));

/** Whether a template may change a list or dict, as far as its source tells; errs on the side of yes. */
export function mayMutate(root: NodeOf<'Root'>): boolean {
  let looksUp = false;
  let calls = false;
  for (const node of descendants(root)) {
    if (namesMutator(node)) return true;
    looksUp ||= looksUpAnything(node);
    calls ||= callsAnything(node);
  }
  return looksUp && calls;
}
