/** What is written into the code of a template that is to be traced; nothing of it where it is not. */
import { type AnyNode, descendants, type Expression, type NodeOf } from '../parser/nodes.ts';
import type { Place } from '../syntax-fault.ts';
import type { TracedParts, TracedPlace } from '../trace/place.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';

/** Where a node begins: an operation's own place is that of its sign. */
function beginOf(node: AnyNode): Place {
  let first: Place = node;
  for (const { lineno, colno } of descendants(node)) {
    const isBefore = lineno < first.lineno || (lineno === first.lineno && colno < first.colno);
    if (isBefore) first = { lineno, colno };
  }
  return first;
}

interface Traceable {
  readonly place: Place;
  readonly text?: string;
  readonly reads?: readonly AnyNode[];
}

function placeOf(compiler: JinjaCompiler, { place, text, reads = [] }: Traceable): TracedPlace {
  const { assignments, conditions } = compiler;
  const read = [...reads, ...conditions].flatMap((node) => assignments.variablesOf(node));
  return {
    template: compiler.target.name ?? 'template',
    line: place.lineno,
    column: place.colno,
    ...(text !== undefined && { text }),
    variables: [...new Set(read)],
  };
}

/** What tells of a place in generated code; behind an output of it alone. */
const indexOf = (traced: TracedParts, place: TracedPlace): number =>
  traced.push({ count: 1 }, place) - 1;

const printPlace = (compiler: JinjaCompiler, item: Expression): TracedPlace =>
  placeOf(compiler, { place: beginOf(item), reads: [item] });

/** The code that prints an expression. */
type PrintCode = (item: Expression, code: string) => string;

const UNTRACED_PRINT: PrintCode = (_item, code) => code;

/** Says which text and which expressions follow. */
export function traceOutput(
  compiler: JinjaCompiler,
  node: NodeOf<'Output'>,
  frame: Frame,
): PrintCode {
  const { traced } = compiler.target;
  if (!traced) return UNTRACED_PRINT;
  const places = node.items.map((item) =>
    item.typename === 'TemplateData'
      ? placeOf(compiler, { place: item, text: item.value })
      : printPlace(compiler, item),
  );
  const index = traced.push({ count: places.length }, ...places) - places.length - 1;
  compiler._emitLine(`A.output(${index});`);
  return (item, code) => {
    const { assignments } = compiler;
    const isSet = (name: string) => assignments.isSet(name);
    const mayBeText = (name: string) => isSet(name) || assignments.isParameter(name);
    const texts = isPath(item) ? [] : variablesIn(compiler, { item, frame }, mayBeText);
    const values = variablesIn(compiler, { item, frame }, isSet);
    if (texts.length + values.length === 0 && !calls(item)) return `A.add(${code})`;
    if (texts.length + values.length === 0) return `A.open().print(${code})`;
    // No list is made for the variable that most such expressions have.
    if (texts.length === 1 && values.length === 0) return `A.open().printOne(${code}, ${texts[0]})`;
    return `A.open().print(${code}, [${texts.join(', ')}], [${values.join(', ')}])`;
  };
}

const isPath = ({ typename }: AnyNode): boolean =>
  typename === 'Getattr' || typename === 'LookupVal';

/** The variables of the template in an expression of whose names something holds. */
function variablesIn(
  compiler: JinjaCompiler,
  { item, frame }: { readonly item: Expression; readonly frame: Frame },
  isMeant: (name: string) => boolean,
): readonly string[] {
  const names = [item, ...descendants(item)].flatMap((node) =>
    node.typename === 'Symbol' && node.ctx === 'load' && isMeant(node.value) ? [node.value] : [],
  );
  const variables = names.map((name) => compiler.variableOf(name, frame));
  return [...new Set(variables)].filter((variable) => !compiler.isContextVariable(variable));
}

const calls = (item: Expression): boolean =>
  [item, ...descendants(item)].some(({ typename }) => typename === 'FunCall');

/** What a statement prints that puts text together: a call block, a filter block, a recursive loop. */
export function tracedStatement(compiler: JinjaCompiler, node: AnyNode, code: string): string {
  const { traced } = compiler.target;
  if (!traced) return code;
  return `A.open().give(${code}, ${indexOf(traced, placeOf(compiler, { place: node }))})`;
}

/** The last operand of a call: by the time that it is evaluated, a macro is told from where it is called. */
export function tracedCall(
  compiler: JinjaCompiler,
  node: NodeOf<'FunCall'>,
  operands: readonly string[],
): readonly string[] {
  const { traced } = compiler.target;
  if (!traced) return operands;
  const reads = [...node.args, ...node.kwargs.map(({ value }) => value)];
  const place = placeOf(compiler, { place: beginOf(node), reads });
  const last = `A.from(${indexOf(traced, place)}, ${operands.at(-1)})`;
  return [...operands.slice(0, -1), last];
}

/** Says from where the next include, block or import is made. */
export function traceFrom(compiler: JinjaCompiler, node: AnyNode): void {
  const { traced } = compiler.target;
  if (!traced) return;
  compiler._emitLine(`A.at = ${indexOf(traced, placeOf(compiler, { place: node }))};`);
}

/** Text is put together apart from here on, to `tracedCapture`. */
export function traceCapture(compiler: JinjaCompiler): void {
  if (compiler.target.traced) compiler._emitLine('A.begin();');
}

export const tracedCapture = (compiler: JinjaCompiler, code: string): string =>
  compiler.target.traced ? `A.end(${code})` : code;

/** Writes one round of a loop. */
export function traceRound(
  compiler: JinjaCompiler,
  { node, loop }: { readonly node: NodeOf<'For'>; readonly loop: string },
  write: () => void,
): void {
  const { traced } = compiler.target;
  if (!traced) {
    write();
    return;
  }
  const reads = node.test ? [node.iter, node.test] : [node.iter];
  const place = placeOf(compiler, { place: node, reads });
  compiler._emitLine(`A.round(${indexOf(traced, place)}, ${loop}.item);`);
  write();
  compiler._emitLine('A.leave();');
}

/** Where a root or block function begins. */
export function startTracing(compiler: JinjaCompiler): void {
  if (compiler.target.traced) compiler._emitLine('const A = context.state.trace;');
}

/** Writes what runs only on these conditions. */
export function onCondition(
  compiler: JinjaCompiler,
  tests: readonly Expression[],
  write: () => void,
): void {
  compiler.conditions.push(...tests);
  write();
  compiler.conditions.length -= tests.length;
}
