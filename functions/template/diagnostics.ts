import { carriedOver } from './compiler/carried-over.ts';
import type { Syntax } from './lexer/syntax.ts';
import { type AnyNode, childNodes, descendants, type NodeOf } from './parser/nodes.ts';
import { parse } from './parser/parser.ts';
import type { Place } from './syntax-fault.ts';
import type { Dialect } from './values/dialect.ts';

/** What in a template means something else in the other dialect. */
export type DiagnosticCode =
  | 'dialect-set-in-loop'
  | 'dialect-precedence'
  | 'dialect-filter'
  | 'dialect-comparison'
  | 'dialect-float'
  | 'dialect-view';

/** A warning about a template that compiles. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** What the template means here, and what it would mean there. */
  readonly message: string;
  readonly template: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  /** The setting that gives the template the other meaning. */
  readonly setting: string;
}

/** How a difference is told: what Jinja2 3.1 does, and what 2.8 on Python 2 did. */
interface Difference {
  readonly code: DiagnosticCode;
  readonly place: Place;
  readonly now: string;
  readonly before: string;
}

const FILTERS: Readonly<Record<string, readonly [now: string, before: string]>> = {
  round: ['|round takes halves to the even neighbour', '|round takes halves away from zero'],
  truncate: [
    '|truncate leaves a text whole that is up to 5 characters too long',
    '|truncate cuts every text that is too long',
  ],
  indent: ['|indent leaves blank lines as they are', '|indent indents blank lines too'],
  wordwrap: [
    '|wordwrap keeps the newlines of the text',
    '|wordwrap wraps the text as one paragraph',
  ],
  groupby: ['|groupby ignores case', '|groupby minds case'],
  title: [
    '|title starts words after any of -([{< and white space',
    '|title starts words after white space and -',
  ],
};

const ARITHMETIC: ReadonlySet<string> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'FloorDiv',
  'Mod',
  'Pow',
  'Concat',
]);

const SUM: ReadonlySet<string> = new Set(['Add', 'Sub']);

/** Where one source was parsed into two trees; a sum grouped otherwise is the same sum. */
function* regrouped(a: AnyNode, b: AnyNode): Generator<AnyNode> {
  if (a.typename !== b.typename) {
    if (!SUM.has(a.typename) || !SUM.has(b.typename)) yield a;
    return;
  }
  const others = childNodes(b);
  const children = childNodes(a);
  if (children.length !== others.length) yield a;
  else for (const [i, child] of children.entries()) yield* regrouped(child, others[i] as AnyNode);
}

const mixesOperators = (root: AnyNode): boolean =>
  descendants(root).some(
    (node) =>
      ARITHMETIC.has(node.typename) &&
      childNodes(node).some((child) => ARITHMETIC.has(child.typename)),
  );

function* precedence(
  root: NodeOf<'Root'>,
  source: string,
  options: ParseOptions,
): Generator<Difference> {
  if (!mixesOperators(root)) return;
  const dialect = options.dialect === 'jinja2' ? 'python2' : 'jinja2';
  for (const place of regrouped(root, parse(source, { ...options, dialect }))) {
    yield {
      code: 'dialect-precedence',
      place,
      now: '*, /, // and % bind alike, from left to right, and ~ less than they',
      before: '*, ~, /, // and % each bind more than the one before: 7 * 3 // 2 was 7 * (3 // 2)',
    };
  }
}

function* inLoop(loop: NodeOf<'For'>): Generator<Difference> {
  for (const { name, at } of carriedOver(loop)) {
    yield {
      code: 'dialect-set-in-loop',
      place: at,
      now: `what is set to ${name} in a round of the loop is forgotten in the next (a namespace keeps it)`,
      before: `${name} keeps its value from one round of the loop to the next`,
    };
  }
}

const kindOf = (node: AnyNode): string | undefined => {
  if (node.typename !== 'Literal') return undefined;
  return typeof node.value === 'string' ? 'text' : node.value === null ? 'none' : 'number';
};

function* comparison(node: NodeOf<'Compare'>): Generator<Difference> {
  let left = kindOf(node.expr);
  for (const { op, expr } of node.ops) {
    const right = kindOf(expr);
    const isOrder = ['lt', 'lteq', 'gt', 'gteq'].includes(op);
    if (isOrder && left !== undefined && right !== undefined && left !== right) {
      yield {
        code: 'dialect-comparison',
        place: node,
        now: `to order a ${left} and a ${right} is an error`,
        before: 'values of different types have an order',
      };
    }
    left = right;
  }
}

const VIEWS: ReadonlySet<string> = new Set(['keys', 'values', 'items']);

/** Whether an expression is `….keys()`, `….values()` or `….items()`. */
const isView = (node: AnyNode): boolean =>
  node.typename === 'FunCall' && node.target.typename === 'Getattr' && VIEWS.has(node.target.attr);

function* printed(node: NodeOf<'Output'>): Generator<Difference> {
  for (const place of node.items) {
    if (place.typename === 'Div')
      yield {
        code: 'dialect-float',
        place,
        now: 'a float prints with all its digits',
        before: 'a float prints with 12 digits',
      };
    if (isView(place))
      yield {
        code: 'dialect-view',
        place,
        now: "keys, values and items of a dict print as views, dict_keys(['a'])",
        before: "keys, values and items of a dict print as lists, ['a']",
      };
  }
}

function* differencesAt(node: AnyNode): Generator<Difference> {
  if (node.typename === 'For') yield* inLoop(node);
  else if (node.typename === 'Compare') yield* comparison(node);
  else if (node.typename === 'Output') yield* printed(node);
  else if (node.typename === 'Filter' && Object.hasOwn(FILTERS, node.name)) {
    const [now, before] = FILTERS[node.name] as readonly [string, string];
    yield { code: 'dialect-filter', place: node, now, before };
  }
}

interface ParseOptions {
  readonly syntax: Syntax;
  readonly dialect: Dialect;
}

interface DiagnosedTemplate extends ParseOptions {
  readonly name: string;
  readonly source: string;
}

/** Where a template means, or may mean, something else in the other dialect; in the order of the source. */
export function diagnose(root: NodeOf<'Root'>, template: DiagnosedTemplate): Diagnostic[] {
  const { name, source, syntax, dialect } = template;
  const differences = [...precedence(root, source, { syntax, dialect })];
  for (const node of descendants(root)) differences.push(...differencesAt(node));
  const isNow = dialect === 'jinja2';
  const setting = isNow ? "dialect: 'python2'" : "dialect: 'jinja2'";
  return differences
    .map(({ code, place, now, before }) => ({
      code,
      message: isNow
        ? `${now}; in Jinja2 2.8 on Python 2, ${before}`
        : `${before}; in Jinja2 3.1, ${now}`,
      template: name,
      line: place.lineno,
      column: place.colno,
      setting,
    }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}
