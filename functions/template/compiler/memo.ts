import { type AnyNode, descendants, type NodeOf } from '../parser/nodes.ts';
import { carriedOver, targetNames } from './carried-over.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Dependencies } from './dependencies.ts';

/** A loop whose rounds may be kept from one render to the next. */
export interface MemoSite {
  /** Before the loop: finds the rounds kept with the same values of everything that is the same for all rounds. */
  readonly start: string;
  /** Where a round starts: takes the kept text, if nothing that the round depends on has changed. */
  readonly find: string;
  /** Where a round ends, its text alone in the buffer: keeps it, and adds it to the text before it. */
  readonly end: (before: string) => string;
}

interface MemoParts {
  readonly node: NodeOf<'For'>;
  /** The loop's variable. */
  readonly loop: string;
  /** The variables of the loop's targets. */
  readonly targets: readonly string[];
  readonly dependencies: Dependencies;
  readonly buffer: string;
  /** The code that adds a fragment to text, giving what the buffer then holds. */
  readonly added: (text: string, fragment: string) => string;
}

/** Whether a loop's body gives a target of the loop another value: then it no longer tells the round. */
function reassigns(node: NodeOf<'For'>): boolean {
  const names = new Set(targetNames(node.target));
  const sets = (inner: AnyNode): boolean =>
    (inner.typename === 'Symbol' && inner.ctx === 'store' && names.has(inner.value)) ||
    (inner.typename === 'Macro' && names.has(inner.name));
  return node.body.some((statement) => [statement, ...descendants(statement)].some(sets));
}

/**
 * Writes the reuse of a loop's rounds: a round's text is kept with its item, and used again while the item is the same
 * object, the fields of `loop` that the body uses are the same, and so is everything else that the body reads. Nothing
 * where the body does more than give text.
 */
export function memoSite(compiler: JinjaCompiler, parts: MemoParts): MemoSite | undefined {
  const { node, loop, targets, dependencies, buffer, added } = parts;
  const { isPure, variables, loopFields } = dependencies;
  const fields = [...(loopFields.get(loop) ?? [])];
  if (!isPure || fields.includes('') || dependencies.usesOuterLoop) return undefined;
  if (targets.length > 1 && reassigns(node)) return undefined;
  if (compiler.target.dialect === 'python2' && carriedOver(node).length > 0) return undefined;
  const free = [...variables];
  if (compiler.usesAutoescape) free.push('context.autoescape');
  const [site, kept] = [compiler.local(), compiler.local()];
  const key = targets.length === 1 ? `${loop}.item` : `memoKey([${targets.join(', ')}])`;
  const own = [
    ...fields.map((field) => `${loop}.${field}`),
    ...(targets.length === 1 ? [] : targets),
  ];
  const same = own.map((value, i) => ` && ${kept}.values[${i}] === ${value}`).join('');
  return {
    start: `${site} = context.state.memo === undefined ? undefined : memoSite(context, T, ${compiler.memoSites++}, [${free.join(', ')}]);`,
    find: `if (${site} !== undefined) { ${kept} = ${site}.find(${key}); if (${kept} !== undefined${same}) { memoReuse(${kept}); ${buffer} = ${added(buffer, kept)}; continue; } ${site}.open(); }`,
    end: (before) =>
      `${buffer} = ${site} === undefined ? ${before} + ${buffer} : ${added(before, `${site}.store(${key}, [${own.join(', ')}], ${buffer})`)};`,
  };
}
