import type { CompiledCode } from './compiler/compile.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { Settings } from './options.ts';
import type { NodeOf } from './parser/nodes.ts';

/** What a template's text comes to: it depends on the text, its name and the settings alone. */
export interface Reading {
  readonly root: NodeOf<'Root'>;
  readonly mutates: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly code: CompiledCode;
}

/** By who finds templates: those of one ConfigMap import each other, and each is read once for all. */
const known = new WeakMap<object, Map<string, Reading>>();

/** Gives what was read of a template before, where that is the same. One that is traced has places of its own. */
export function readOnce(
  { findSource, isTracing, dialect, syntax }: Settings,
  { name, source }: { readonly name: string | undefined; readonly source: string },
  read: () => Reading,
): Reading {
  if (findSource === undefined || isTracing) return read();
  const readings = known.get(findSource) ?? new Map<string, Reading>();
  known.set(findSource, readings);
  const key = JSON.stringify([dialect, syntax, name, source]);
  const reading = readings.get(key) ?? read();
  readings.set(key, reading);
  return reading;
}
