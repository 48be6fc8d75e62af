import type { Settings } from '../options.ts';
import {
  type Filter,
  type FilterTable,
  filters,
  makeGlobals,
  Namespace,
  PythonError,
  type Runtime,
  tests,
} from '../values/index.ts';

/** The filters, tests and globals that a template may use. */
export interface Library {
  readonly filters: FilterTable;
  readonly tests: FilterTable;
  readonly globals: ReadonlyMap<string, unknown>;
  /** The globals that give the same for the same arguments. */
  readonly pure: ReadonlySet<unknown>;
  /** The same, as compiled templates name them. */
  readonly operations: Readonly<Record<string, unknown>>;
}

function requireNamespace(value: unknown): asserts value is Namespace {
  if (value instanceof Namespace) return;
  throw new PythonError('TemplateRuntimeError', 'cannot assign attribute on non-namespace object');
}

/** The library for one compilation: its dialect, its source of chance. */
export function libraryOf({ dialect, random }: Settings): Library {
  const runtime = (autoescape: boolean): Runtime => ({
    dialect,
    autoescape,
    filters,
    tests,
    random,
  });
  const globals = new Map<string, unknown>(Object.entries(makeGlobals({ dialect, random })));
  return {
    filters,
    tests,
    globals,
    pure: new Set([...globals].filter(([name]) => name !== 'lipsum').map(([, value]) => value)),
    operations: {
      plainRuntime: runtime(false),
      escapingRuntime: runtime(true),
      filter: (name: string): Filter | undefined => filters[name],
      test: (name: string): Filter | undefined => tests[name],
      requireNamespace,
      setAttribute: (object: Namespace, name: string, value: unknown) => object.set(name, value),
    },
  };
}
