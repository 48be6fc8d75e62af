import { readdirSync, readFileSync } from 'node:fs';
import type { CompileOptions, TemplateContext } from '../../functions/template/index.ts';

export interface OracleCase {
  readonly template: string;
  readonly context: TemplateContext;
  readonly options: CompileOptions;
}

interface Group {
  readonly cases: readonly { readonly template: string }[];
  readonly context?: TemplateContext;
  readonly opts?: CompileOptions;
  readonly templates?: Readonly<Record<string, string>>;
}

const folder = new URL('../../../test/template/golden/oracle/', import.meta.url);

/** Every template whose output by Python's Jinja2 is recorded. */
export function oracleCases(): readonly OracleCase[] {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Group[])
    .flatMap(({ cases, context = {}, opts = {}, templates }) =>
      cases.map(({ template }) => ({
        template,
        context,
        options: { ...(templates && { templates }), ...opts },
      })),
    );
}
