/**
 * Jinja2 on nunjucks: `compile(source, options).render(context)`.
 *
 * The language is that of Jinja2's Template Designer Documentation, version 3.1; see docs/templates.md.
 */
import type { CompileOptions } from './options.ts';
import { CompiledTemplate } from './template.ts';

export type { Diagnostic, DiagnosticCode } from './diagnostics.ts';
export { TemplateError, type TemplateErrorCode } from './error.ts';
export { JsonError, parseJson } from './json/index.ts';
export type { UnknownName } from './names.ts';
export type { CompileOptions, Templates } from './options.ts';
export { RenderMemo } from './runtime/memo.ts';
export { CompiledTemplate, type RenderOptions, type TemplateContext } from './template.ts';
export type { Step } from './trace/place.ts';
export type { Contribution, Traced } from './trace/traced.ts';
export type { Dialect } from './values/dialect.ts';
export { Float } from './values/classes/float.ts';
export type { Remark } from './values/remarks.ts';

/**
 * Compiles a template.
 *
 * @throws TemplateError where the source is not Jinja2; TypeError for an option that makes no sense
 */
export function compile(source: string, options: CompileOptions = {}): CompiledTemplate {
  return new CompiledTemplate(source, options);
}
