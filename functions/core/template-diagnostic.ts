import {
  type CompiledTemplate,
  type Dialect,
  TemplateError,
  type UnknownName,
} from '../template/index.ts';
import { type Diagnostic, excerptAt } from './diagnostics.ts';

/** HAProxy's log formats have this where Jinja2 has a tag. */
const FORMAT_IN_BRACE = /\{%[[+{]/;

/** What to do, where the template's own words do not say it. */
function hintFor({ code, message, excerpt = '' }: TemplateError): string {
  if (code === 'template-syntax' && FORMAT_IN_BRACE.test(excerpt))
    return `"{%" begins a tag of Jinja2: for HAProxy, write {{ '{%' }} instead.`;
  if (code === 'template-not-found')
    return `ConfigMap config has no key ${message}: a template can include and import only its keys.`;
  if (code === 'template-undefined')
    return 'Correct the name; where it may be missing, ask for it with "is defined", or use |default.';
  if (code === 'template-limit') return 'docs/templates.md, "Limits", says what the limits are.';
  return 'Correct the template. Until then, a service goes on with the last good one.';
}

/** A template's failure as a diagnostic. Rethrows what is none. */
export function toDiagnostic(error: unknown, object: string): Diagnostic {
  if (!(error instanceof TemplateError)) throw error;
  const { code, message, hint, template, line, column, excerpt } = error;
  return {
    severity: 'error',
    code,
    message,
    hint: hint ?? hintFor(error),
    where: {
      object,
      key: template,
      line,
      column,
      excerpt,
    },
  };
}

/** Where templates come from. */
export interface ConfigPlace {
  readonly object: string;
  readonly dialect: Dialect;
}

/** A template's warning as a diagnostic. */
export function toWarning(
  warning: CompiledTemplate['diagnostics'][number],
  here: ConfigPlace,
): Diagnostic {
  const { code, message, template: key, line, column } = warning;
  const other = here.dialect === 'jinja2' ? 'python2' : 'jinja2';
  const hint = `If the other meaning is the one that you want, set TEMPLATE_DIALECT=${other}.`;
  const where = { object: here.object, key, line, column };
  return { severity: 'warning', code, message, hint, where };
}

/** A name that a template reads and that nothing gives a value, as a diagnostic. */
export function toUnknownName(
  { name, template: key, line, column, hint }: UnknownName,
  { object, source }: { readonly object: string; readonly source: string | undefined },
): Diagnostic {
  const excerpt = source === undefined ? undefined : excerptAt(source, { line, column });
  return {
    severity: 'warning',
    code: 'template-unknown-name',
    message: `${name} is not defined: it prints nothing, and a loop over it has no iterations`,
    hint: `${hint === undefined ? 'Correct the name.' : hint.replace('did', 'Did')} Where it may be missing, write ${name}|default('').`,
    where: { object, key, line, column, ...(excerpt !== undefined && { excerpt }) },
  };
}
