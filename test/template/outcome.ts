import { type CompileOptions, compile, TemplateError } from '../../functions/template/index.ts';

/** What a template gives: its output, or its error. Anything else that is thrown fails the test. */
export function outcome(
  source: string,
  context: Record<string, unknown> = {},
  options: CompileOptions = {},
): string | TemplateError {
  try {
    return compile(source, options).render(context);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

/** The error of a template that must have one. */
export function errorOf(
  source: string,
  context: Record<string, unknown> = {},
  options: CompileOptions = {},
): TemplateError {
  const result = outcome(source, context, options);
  if (result instanceof TemplateError) return result;
  throw new Error(`no error, but: ${result}`);
}
