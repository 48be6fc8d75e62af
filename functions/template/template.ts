import { copyContext } from './copy.ts';
import type { Diagnostic } from './diagnostics.ts';
import { JinjaEnvironment, type JinjaTemplate } from './environment.ts';
import { TemplateError } from './error.ts';
import { type Fragment, plainOf } from './fragment.ts';
import type { UnknownName } from './names.ts';
import { nearest } from './nearest.ts';
import { type CompileOptions, settingsFrom } from './options.ts';
import { Context, Layered } from './runtime/context.ts';
import { LocatedError, Restart } from './runtime/located.ts';
import type { RenderMemo } from './runtime/memo.ts';
import { RenderState } from './runtime/state.ts';
import { SyntaxFault } from './syntax-fault.ts';
import { Reader } from './trace/reader.ts';
import { Trace } from './trace/trace.ts';
import { Traced } from './trace/traced.ts';
import { plain } from './values/text/foreign.ts';
import { isMapping, mappingEntries, type PythonError, Undefined } from './values/index.ts';
import { forgetLookups } from './values/inputs/lookups.ts';
import { beginRemarks, NO_REMARKS, type Remark } from './values/remarks.ts';

/** What a template sees: names and their values, which are as JSON makes them; a Map is a dict in its own order. */
export type TemplateContext = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** What an undefined value was probably meant to be: a variable, or a member of the same dict or object. */
function undefinedHint(subject: unknown, names: readonly string[]): string | undefined {
  if (!(subject instanceof Undefined) || typeof subject.name !== 'string') return undefined;
  const { owner, name } = subject;
  if (typeof owner === 'symbol') return nearest(name, names);
  if (!isMapping(owner)) return undefined;
  return nearest(
    name,
    mappingEntries(owner)
      .map(([key]) => key)
      .filter(isText),
  );
}

const isText = (value: unknown): value is string => typeof value === 'string';

function hintOf(error: PythonError, names: readonly string[]): string | undefined {
  if (error instanceof SyntaxFault) return error.hint;
  if (error.message.includes('not supported between instances of')) {
    return "Python 2 orders values of different types, and so does the dialect 'python2'";
  }
  return undefinedHint(error.subject, names);
}

function toTemplateError(error: unknown, names: readonly string[]): unknown {
  if (!(error instanceof LocatedError)) return error;
  const { error: cause, origin, place } = error;
  return new TemplateError({
    type: cause.type,
    message: plain(cause.message),
    template: origin.name,
    source: origin.source,
    place,
    hint: hintOf(cause, names),
    cause,
  });
}

/** The variables that the caller gives, by their own names alone. */
function variablesOf(context: TemplateContext): ReadonlyMap<string, unknown> {
  return context instanceof Map ? context : new Map(Object.entries(context));
}

interface Rendered {
  readonly fragments: readonly Fragment[];
  readonly trace: Trace | undefined;
}

export interface RenderOptions {
  /** What earlier renders kept: the same for all of them. */
  readonly memo?: RenderMemo;
}

/** A compiled template. */
export class CompiledTemplate {
  private readonly environment: JinjaEnvironment;
  private readonly template: JinjaTemplate;
  /** What the template remarked in its last render, by the filter `warn`. */
  remarks: readonly Remark[] = NO_REMARKS;

  /** @throws TemplateError */
  constructor(source: string, options: CompileOptions) {
    this.environment = new JinjaEnvironment(settingsFrom(options));
    try {
      this.template = this.environment.compileSource(source, options.name);
    } catch (error) {
      throw toTemplateError(error, []);
    }
  }

  /**
   * Where the template would mean something else in the other dialect; with what it includes, once that was rendered.
   */
  get diagnostics(): readonly Diagnostic[] {
    return this.environment.diagnostics;
  }

  /**
   * The names that the template reads and nobody gives it, beside these: what is read of them is undefined. With what it
   * includes, once that was rendered.
   */
  unknownNames(given: Iterable<string>): readonly UnknownName[] {
    const { names, library } = this.environment;
    return names.unknown([...given, ...library.globals.keys()]);
  }

  /**
   * Renders the template. It never changes the context: where Jinja2 would (`list.append`), a copy is changed; and
   * what is frozen cannot be changed at all.
   *
   * @throws TemplateError
   */
  render(context: TemplateContext = {}, options: RenderOptions = {}): string {
    return plainOf(this.renderFragments(context, options));
  }

  /**
   * The same as `render`, as pieces with foreign characters in them, for whoever wants to know where those are, and
   * what is as it was in an earlier render with the same memo.
   *
   * @throws TemplateError
   */
  renderFragments(context: TemplateContext, { memo }: RenderOptions = {}): readonly Fragment[] {
    return this.renderAll(context, memo).fragments;
  }

  /**
   * The same output, with what gave which part of it. Only of a template that was compiled to be traced.
   *
   * @throws TemplateError
   */
  trace(context: TemplateContext): Traced {
    const { fragments, trace } = this.renderAll(context, undefined);
    if (trace === undefined) throw new TypeError('the template was not compiled to be traced');
    return new Traced(plainOf(fragments), new Reader(trace.log, this.environment.traced ?? []));
  }

  private renderAll(context: TemplateContext, memo: RenderMemo | undefined): Rendered {
    const given = variablesOf(context);
    try {
      return this.renderOnce(given, memo);
    } catch (error) {
      if (!(error instanceof Restart)) throw error;
      return this.renderOnce(given, memo);
    }
  }

  private renderOnce(given: ReadonlyMap<string, unknown>, memo: RenderMemo | undefined): Rendered {
    const { environment, template } = this;
    const { globals, pure } = environment.library;
    const own = environment.mayMutate ? copyContext(given) : given;
    const { limits, isTracing } = environment.settings;
    const trace = isTracing ? new Trace() : undefined;
    const state = new RenderState({ limits, globals, pure, memo, trace });
    const { name, blocks } = template;
    environment.isRendering = true;
    forgetLookups();
    const remarks = beginRemarks();
    try {
      const parent = new Layered(own, globals);
      const fragments = state.end(template.root(new Context({ parent, name, blocks, state })));
      this.remarks = remarks();
      return { fragments, trace };
    } catch (error) {
      throw toTemplateError(error, [...given.keys(), ...globals.keys()]);
    } finally {
      environment.isRendering = false;
    }
  }
}
