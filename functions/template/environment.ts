import { compileRoot } from './compiler/compile.ts';
import { mayMutate } from './compiler/mutation.ts';
import { type Diagnostic, diagnose } from './diagnostics.ts';
import { Names } from './names.ts';
import { nearest } from './nearest.ts';
import { Environment, Template } from './nunjucks.ts';
import type { Settings } from './options.ts';
import { parse } from './parser/parser.ts';
import type { RenderFunction } from './runtime/context.ts';
import { type Reading, readOnce } from './reading.ts';
import { type Library, libraryOf } from './runtime/library.ts';
import { type LocatedError, locate, type Origin, Restart } from './runtime/located.ts';
import { MEMO_OPERATIONS } from './runtime/memo.ts';
import { operations } from './runtime/operations.ts';
import type { Compiled } from './runtime/selection.ts';
import { statements } from './runtime/statements.ts';
import { SyntaxFault } from './syntax-fault.ts';
import type { TracedParts } from './trace/place.ts';
import { PythonError, textOf } from './values/index.ts';

/** The name in messages of a template that was given none. */
export const UNNAMED = 'template';

/** nunjucks's Template with the parser and the compiler of Jinja2's language. */
export class JinjaTemplate extends Template implements Compiled {
  declare readonly env: JinjaEnvironment;
  declare readonly name: string | undefined;
  declare root: RenderFunction;
  declare blocks: readonly (readonly [string, RenderFunction])[];

  constructor(source: string, environment: JinjaEnvironment, name: string | undefined) {
    super(source, environment, name);
    this.name = name;
  }

  /** @throws LocatedError where the template is not Jinja2 */
  override _compile(): void {
    const { settings, runtime, diagnostics, names } = this.env;
    const source = this.tmplStr;
    const name = this.name ?? UNNAMED;
    try {
      const reading = readOnce(settings, { name: this.name, source }, () => this.read(name));
      this.env.noteMutation(reading.mutates);
      diagnostics.push(...reading.diagnostics);
      names.note(reading.root, name);
      const { code, constants, places } = reading.code;
      const origin: Origin = { name, source, places };
      Object.assign(this, new Function('R', 'K', 'T', code)(runtime, constants, origin));
    } catch (error) {
      throw this.located(error);
    }
    this.compiled = true;
  }

  /** @throws SyntaxFault */
  private read(name: string): Reading {
    const { settings, library, runtime, traced } = this.env;
    const { syntax, dialect } = settings;
    const source = this.tmplStr;
    const root = parse(source, settings);
    const target = {
      name: this.name,
      dialect,
      traced,
      hasFilter: (filter: string) => Object.hasOwn(library.filters, filter),
      hasTest: (test: string) => Object.hasOwn(library.tests, test),
      suggest: (kind: 'filter' | 'test', mistyped: string) =>
        nearest(mistyped, Object.keys(kind === 'filter' ? library.filters : library.tests)),
    };
    return {
      root,
      mutates: mayMutate(root),
      diagnostics: diagnose(root, { name, source, syntax, dialect }),
      code: compileRoot(root, target, Object.keys(runtime)),
    };
  }

  private located(error: unknown): LocatedError | Restart {
    const name = this.name ?? UNNAMED;
    const place = error instanceof SyntaxFault ? error.place : { lineno: 1, colno: 1 };
    return locate(error, { name, source: this.tmplStr, places: [place] }, 0);
  }
}

/** nunjucks's Environment, for one compilation: its settings, and the templates that it includes, by name. */
export class JinjaEnvironment extends Environment {
  readonly settings: Settings;
  readonly library: Library;
  readonly runtime: Readonly<Record<string, unknown>>;
  /** Whether a template may change lists and dicts of the context: then it gets a copy. */
  mayMutate = false;
  isRendering = false;
  /** What was found in the templates compiled so far. */
  readonly diagnostics: Diagnostic[] = [];
  /** The names that they read and give. */
  readonly names = new Names();
  /** The places that give output, where the templates are to be traced. */
  readonly traced: TracedParts | undefined;
  private readonly cache = new Map<string, JinjaTemplate | undefined>();

  constructor(settings: Settings) {
    super([], { autoescape: false, dev: true });
    this.settings = settings;
    this.traced = settings.isTracing ? [] : undefined;
    this.library = libraryOf(settings);
    this.runtime = {
      ...operations(settings.dialect),
      ...statements((name) => this.find(name)),
      ...this.library.operations,
      ...MEMO_OPERATIONS,
      locate,
    };
  }

  /** Notes that a template may change lists and dicts. @throws Restart where a render with the caller's own runs */
  noteMutation(mutates: boolean): void {
    if (!mutates || this.mayMutate) return;
    this.mayMutate = true;
    if (this.isRendering) throw new Restart();
  }

  compileSource(source: string, name: string | undefined): JinjaTemplate {
    if (typeof source !== 'string') throw new TypeError('a template must be a text');
    const template = new JinjaTemplate(source, this, name);
    template.compile();
    return template;
  }

  /** The template of a name, compiled once; undefined where there is none. @throws LocatedError, PythonError */
  private find(wanted: unknown): JinjaTemplate | undefined {
    const { findSource } = this.settings;
    if (findSource === undefined) {
      throw new PythonError('TypeError', 'no loader for this environment specified');
    }
    const name = textOf(wanted);
    if (name === undefined) return undefined;
    if (this.cache.has(name)) return this.cache.get(name);
    const source = findSource(name);
    const template = source === undefined ? undefined : this.compileSource(source, name);
    this.cache.set(name, template);
    return template;
  }
}
