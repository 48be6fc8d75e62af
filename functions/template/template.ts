import type { Diagnostic } from './diagnostics.ts';
import { JinjaEnvironment, type JinjaTemplate } from './environment.ts';
import { TemplateError } from './error.ts';
import { freezeDeep } from './freeze.ts';
import { nearest } from './nearest.ts';
import { type CompileOptions, settingsFrom } from './options.ts';
import { Context, Layered, type Variables } from './runtime/context.ts';
import { LocatedError } from './runtime/located.ts';
import { RenderState } from './runtime/state.ts';
import { SyntaxFault } from './syntax-fault.ts';

/** What a template sees: names and their values, which are as JSON makes them; a Map is a dict in its own order. */
export type TemplateContext = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

function toTemplateError(error: unknown, names: readonly string[]): unknown {
  if (!(error instanceof LocatedError)) return error;
  const { error: cause, origin, place } = error;
  const missing = /^'(\w+)' is undefined$/u.exec(cause.message)?.[1];
  const hint =
    cause instanceof SyntaxFault
      ? cause.hint
      : missing === undefined
        ? undefined
        : nearest(missing, names);
  return new TemplateError({
    type: cause.type,
    message: cause.message,
    template: origin.name,
    source: origin.source,
    place,
    hint,
    cause,
  });
}

/** The variables that the caller gives, by their own names alone. */
function variablesOf(context: TemplateContext): ReadonlyMap<string, unknown> {
  return context instanceof Map ? context : new Map(Object.entries(context));
}

/** A compiled template. */
export class CompiledTemplate {
  /** Where the template would mean something else in the other dialect. */
  readonly diagnostics: readonly Diagnostic[];
  private readonly environment: JinjaEnvironment;
  private readonly template: JinjaTemplate;

  /** @throws TemplateError */
  constructor(source: string, options: CompileOptions) {
    this.environment = new JinjaEnvironment(settingsFrom(options));
    try {
      this.template = this.environment.compileSource(source, options.name);
    } catch (error) {
      throw toTemplateError(error, []);
    }
    this.diagnostics = [];
  }

  /**
   * Renders the template. The context is frozen deeply: a template cannot change it.
   *
   * @throws TemplateError
   */
  render(context: TemplateContext = {}): string {
    const given = variablesOf(context);
    for (const value of given.values()) freezeDeep(value);
    const { globals } = this.environment.library;
    const variables: Variables = new Layered(given, globals);
    const state = new RenderState({ limits: this.environment.settings.limits, globals });
    try {
      const { name, blocks } = this.template;
      return this.template.root(new Context({ parent: variables, name, blocks, state }));
    } catch (error) {
      throw toTemplateError(
        error,
        Array.from(variables.entries(), ([name]) => name),
      );
    }
  }
}
